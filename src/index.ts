// What a job imports from 'tspark'.

export type { ErrorCode } from './events/errorCodes.js'
export { TsparkError, type TsparkErrorOptions } from './events/tsparkError.js'
export { StatCounter } from './plan/engine/statCounter.js'
export { AccumulatorV2, CollectionAccumulator, DoubleAccumulator, LongAccumulator } from './rdd/accumulator.js'
export type { AsyncOptions } from './rdd/asyncTransformations.js'
export { BarrierTaskContext, type BarrierTaskInfo } from './rdd/barrierTaskContext.js'
export { Broadcast } from './rdd/broadcast.js'
export { defineJob, type JobContext, type JobMain } from './rdd/defineJob.js'
export type { Dependency, NarrowDependency, Partition, ShuffleDependency } from './rdd/dependency.js'
export { JobCancelledError, TaskFailedError } from './rdd/errors.js'
export type { LogLevel } from './rdd/jobRunner.js'
export type { SaveTextOptions } from './rdd/outputActions.js'
export { type ApproximateEvaluator, PartialResult } from './rdd/partialResult.js'
export { HashPartitioner, Partitioner, RangePartitioner } from './rdd/partitioner.js'
export { RDD } from './rdd/rdd.js'
export { RDDBarrier } from './rdd/rddBarrier.js'
export { ResourceProfile, ResourceProfileBuilder } from './rdd/resourceProfile.js'
export { ExecutorResourceRequests, TaskResourceRequests } from './rdd/resourceRequests.js'
export { SparkConf } from './rdd/sparkConf.js'
export { type RDDStorageInfo, SparkContext } from './rdd/sparkContext.js'
export { SparkFiles } from './rdd/sparkFiles.js'
export type {
  ExecutorAdded,
  JobEnd,
  JobStart,
  SparkListener,
  StageCompleted,
  StageEvent,
  TaskEnd,
  TaskStart,
} from './rdd/sparkListener.js'
export { type ExecutorInfo, type StageInfo, StatusTracker } from './rdd/statusTracker.js'
export { StorageLevel } from './rdd/storageLevel.js'
export { TaskContext } from './rdd/taskContext.js'
export type { PipeOptions } from './rdd/transformations.js'
export type { ActionOptions, BoundedDouble, Pair, PartitionArgument, PartitionerLike } from './rdd/types.js'
