import type { StagePlan } from '../plan/jobPlan.js'
import type { ExecutorTaskEnd, MapLocation, TaskLaunch } from '../protocol/executorMessages.js'
import type { WireError } from '../protocol/shapes.js'
import type { BarrierAnswer } from './barrierCoordinator.js'
import type { ReplicaCopy } from './cacheReplicas.js'
import type { Exclusion } from './failureExclusion.js'
import type { StageRun } from './stageRun.js'

/** Why a job failed, as data. */
export type JobFailure =
  | { kind: 'task'; error: WireError; machine: boolean; stageId: number; stageName: string; partition: number; attempts: number; executorId: string }
  | { kind: 'executors'; message: string; stageId: number; stageName: string; partition: number; attempts: number; executorId: string }
  | { kind: 'fetch'; message: string; stageId: number; stageName: string; attempts: number }
  /** the tasks of a barrier stage cannot all run at once */
  | { kind: 'slots'; message: string; stageId: number; stageName: string }
  /** results were delivered that a lost output, computed again, contradicts */
  | { kind: 'indeterminate'; stageName: string; delivered: number; partitions: number }
  | { kind: 'cancelled'; reason: string }
  /** a stage cannot be put into words for executors */
  | { kind: 'program'; message: string }

/** A stage's program and what goes with it, for one executor. */
export interface StageLaunch {
  readonly stageId: number
  readonly stageAttempt: number
  readonly plan: StagePlan
  readonly cpus: number
  readonly properties: Readonly<Record<string, string>>
  /** of a barrier stage: the executors of its tasks, in the order of partitions */
  readonly barrier?: readonly string[]
  readonly shuffles: readonly { shuffleId: number; numMaps: number; outputs: MapLocation[] }[]
}

/** A second attempt, on an executor of its own, at a partition whose first has run for so many ms. */
export interface SpeculativeCopy {
  readonly partition: number
  readonly slowOn: string
  readonly executorId: string
  readonly ms: number
}

/** What the scheduler decides; the driver carries it out. */
export interface SchedulerPort {
  stage(executorId: string, launch: StageLaunch): void
  launch(executorId: string, tasks: readonly TaskLaunch[]): void
  kill(executorId: string, taskIds: readonly number[], reason: string): void
  /** an executor that gets no more tasks is idle, and what it had cached has moved if it had to, as far as there was room */
  release(executorId: string, cached: { readonly held: number; readonly elsewhere: number }): void
  dropStage(executorId: string, stageId: number): void
  /** one result partition, once for each position it was asked for */
  result(jobId: number, position: number, end: Extract<ExecutorTaskEnd, { kind: 'Success' }>): void
  /** results of a barrier stage that were held until all its tasks had ended well: they count now, or never */
  accepted(taskIds: readonly number[]): void
  discarded(taskIds: readonly number[]): void
  /** tasks of a barrier stage that wait for each other go on, or fail */
  barrierAnswer(executorId: string, taskIds: readonly number[], answer: BarrierAnswer): void
  /** a barrier stage waits for slots */
  waiting(stage: StageRun, reason: string): void
  /** one more copy of a cached partition */
  replicate(copy: ReplicaCopy): void
  /** the cached partitions of an RDD are not wanted, or no good, any more */
  dropRdd(rddId: number, executorIds: readonly string[]): void
  jobEnded(jobId: number, failure: JobFailure | undefined, stageIds: readonly number[]): void
  /** failures keep tasks away from an executor or a host from now on */
  excluded(exclusion: Exclusion): void
  /** a task gets a second attempt beside its slow one */
  speculated(stage: StageRun, copy: SpeculativeCopy): void
  stageStarted(stage: StageRun): void
  stageEnded(stage: StageRun, ok: boolean): void
  taskFailed(stage: StageRun, task: { partition: number; attempt: number; executorId: string }, message: string, willRetry: boolean): void
}
