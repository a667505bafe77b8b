import { TsparkError, type TsparkErrorOptions } from '../events/tsparkError.js'

/** A task failed as often as it may, or in a way that makes trying again useless. `cause` is the user's error as it was told. */
export class TaskFailedError extends TsparkError {
  /** the stage's number */
  readonly stageId: number
  readonly stageName: string
  /** index of the partition, from 0 */
  readonly partition: number
  /** how many attempts were made, from 1 */
  readonly attempts: number
  readonly executorId: string

  /** @internal */
  constructor(
    message: string,
    task: { stageId: number; stageName: string; partition: number; attempts: number; executorId: string },
    options: TsparkErrorOptions = {},
  ) {
    super('TSPARK_TASK_FAILED', message, options)
    this.name = 'TaskFailedError'
    this.stageId = task.stageId
    this.stageName = task.stageName
    this.partition = task.partition
    this.attempts = task.attempts
    this.executorId = task.executorId
  }
}

/** An action was cancelled: by its signal, its group or tag, or with the whole run. */
export class JobCancelledError extends TsparkError {
  /** @internal */
  constructor(message: string, options: TsparkErrorOptions = {}) {
    super('TSPARK_CANCELLED', message, options)
    this.name = 'JobCancelledError'
  }
}
