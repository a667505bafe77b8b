import { TsparkError } from '../events/tsparkError.js'
import type { FunctionSpec } from '../plan/functionRef.js'
import { checkCount, checkFunction, shown } from './arguments.js'
import type { Internals } from './internals.js'
import type { JobRunner } from './jobRunner.js'
import { type ApproximateEvaluator, PartialResult } from './partialResult.js'
import type { RDD } from './rdd.js'
import type { SparkListener } from './sparkListener.js'
import type { ActionOptions } from './types.js'

/** What a SparkContext does with jobs: runs them by partition, marks them, cancels them, listens to them. */
export abstract class JobControl {
  /** @internal */
  protected abstract readonly runner: JobRunner
  /** @internal */
  protected abstract readonly internals: Internals

  /**
   * Runs a function over the records of partitions and gives what it gave, one value a partition. An action.
   * @param fn gets an iterator over a partition's records @param partitions which ones (default: all)
   */
  async runJob<T, R>(
    rdd: RDD<T>,
    fn: (records: IterableIterator<T>) => R | Promise<R>,
    partitions?: readonly number[],
    options: ActionOptions = {},
  ): Promise<R[]> {
    const shipped = this.internals.ship(fn, 'runJob', this.runJob)
    return await rdd.onPartitions<R>('runJob', shipped, options, partitions)
  }

  /**
   * `runJob` that hands each partition's value on as it comes, in any order, and keeps none. An action.
   * @param partitions which ones (default: all)
   * @param resultHandler gets the place in `partitions` and the value; what it throws fails the action
   * @param resultFunc makes the result when all are there (default: undefined)
   */
  async submitJob<T, U, R = undefined>(
    rdd: RDD<T>,
    fn: (records: IterableIterator<T>) => U | Promise<U>,
    partitions: readonly number[] | undefined,
    resultHandler: (index: number, value: U) => void,
    resultFunc?: () => R,
    options: ActionOptions = {},
  ): Promise<R> {
    checkFunction(resultHandler, 'submitJob')
    const shipped = this.internals.ship(fn, 'submitJob', this.submitJob)
    await this.#submit('submitJob', rdd, shipped, partitions, resultHandler, options)
    return resultFunc?.() as R
  }

  /**
   * Runs a function over all partitions and gives what an evaluator makes of the values that are there after a time. The job
   * goes on; `getFinalValue()` waits for its end. An action.
   * @param evaluator `merge(partition, value)` takes a value in, `currentResult()` tells what is known so far
   * @param timeoutMs milliseconds
   */
  async runApproximateJob<T, U, R>(
    rdd: RDD<T>,
    fn: (records: IterableIterator<T>) => U | Promise<U>,
    evaluator: ApproximateEvaluator<U, R>,
    timeoutMs: number,
    options: ActionOptions = {},
  ): Promise<PartialResult<R>> {
    checkCount(timeoutMs, 'runApproximateJob', 'a time in milliseconds')
    const shipped = this.internals.ship(fn, 'runApproximateJob', this.runApproximateJob)
    const current = (): R => evaluator.currentResult()
    const merge = (index: number, value: U): void => evaluator.merge(index, value)
    const whole = this.#submit('runApproximateJob', rdd, shipped, undefined, merge, options).then(current)
    return await PartialResult.after(whole, current, timeoutMs)
  }

  /** Sets a value that tasks of later jobs read by `TaskContext.getLocalProperty`; undefined removes it. */
  setLocalProperty(key: string, value: string | undefined): void {
    if (value === undefined || value === null) this.internals.properties.delete(key)
    else this.internals.properties.set(key, String(value))
  }

  /** A value set by `setLocalProperty`. */
  getLocalProperty(key: string): string | undefined {
    return this.internals.properties.get(key)
  }

  /** Later jobs belong to a group, which `cancelJobGroup` ends. */
  setJobGroup(group: string, description?: string): void {
    this.setLocalProperty('spark.jobGroup.id', group)
    this.setLocalProperty('spark.job.description', description)
  }

  /** Later jobs belong to no group. */
  clearJobGroup(): void {
    this.setLocalProperty('spark.jobGroup.id', undefined)
    this.setLocalProperty('spark.job.description', undefined)
  }

  /** What later jobs are for, in words. */
  setJobDescription(description: string | undefined): void {
    this.setLocalProperty('spark.job.description', description)
  }

  /** Later jobs carry a tag, which `cancelJobsWithTag` ends. */
  addJobTag(tag: string): void {
    if (tag === '' || tag.includes(',')) throw new TsparkError('TSPARK_ARGUMENT', `addJobTag(): a tag has no commas and is not empty, not ${shown(tag)}`)
    this.internals.tags.add(tag)
  }
  /** Later jobs do not carry the tag. */
  removeJobTag(tag: string): void {
    this.internals.tags.delete(tag)
  }
  /** The tags later jobs carry. */
  getJobTags(): Set<string> {
    return new Set(this.internals.tags)
  }
  /** Later jobs carry no tags. */
  clearJobTags(): void {
    this.internals.tags.clear()
  }

  /** Cancels the running jobs of a group. */
  cancelJobGroup(group: string, reason = `job group '${group}' was cancelled`): void {
    this.runner.cancelJobs({ group }, reason)
  }
  /** Cancels the running jobs of a group, and every job of the group that starts later. */
  cancelJobGroupAndFutureJobs(group: string, reason = `job group '${group}' was cancelled`): void {
    this.runner.cancelJobs({ group, future: true }, reason)
  }
  /** Cancels the running jobs that need a stage. */
  cancelStage(stageId: number, reason = `stage ${stageId} was cancelled`): void {
    this.runner.cancelJobs({ stageId }, reason)
  }
  /**
   * Stops one attempt at a partition, which is then tried again; it does not count as a failure.
   * @param taskId what `TaskContext.taskAttemptId` gives @returns whether it was running
   */
  killTaskAttempt(taskId: number, reason = `task ${taskId} was killed`): boolean {
    return this.runner.killTask(taskId, reason)
  }
  /** Cancels the running jobs with a tag. */
  cancelJobsWithTag(tag: string, reason = `jobs with tag '${tag}' were cancelled`): void {
    this.runner.cancelJobs({ tag }, reason)
  }
  /** Cancels one running job. */
  cancelJob(jobId: number, reason = `job ${jobId} was cancelled`): void {
    this.runner.cancelJobs({ jobId }, reason)
  }
  /** Cancels all running jobs. */
  cancelAllJobs(reason = 'all jobs were cancelled'): void {
    this.runner.cancelJobs({ all: true }, reason)
  }

  /** Has an object's methods called when jobs, stages, tasks and executors begin and end. */
  addSparkListener(listener: SparkListener): void {
    if (typeof listener !== 'object' || listener === null) {
      throw new TsparkError('TSPARK_ARGUMENT', `addSparkListener(): needs an object with methods like onJobEnd, not ${shown(listener)}`)
    }
    this.runner.listeners.add(listener)
  }
  /** Takes back `addSparkListener`. */
  removeSparkListener(listener: SparkListener): void {
    this.runner.listeners.remove(listener)
  }

  async #submit<T, U>(
    operation: string,
    rdd: RDD<T>,
    fn: FunctionSpec,
    partitions: readonly number[] | undefined,
    onResult: (index: number, value: U) => void,
    options: ActionOptions,
  ): Promise<void> {
    const decode = (bytes: Uint8Array): U => this.internals.decode(bytes) as U
    await rdd.runJob(operation, (builder) => ({ kind: 'partition', fn: builder.fn(fn), operation }), decode, { functions: [fn], options, partitions, onResult })
  }
}
