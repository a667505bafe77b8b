import type { RunningMetrics } from '../plan/taskHost.js'

/** An action begins. */
export interface JobStart {
  readonly jobId: number
  /** `count at job.ts:12` */
  readonly name: string
  /** how many stages it can need */
  readonly numStages: number
  /** local properties, job group and description included */
  readonly properties: Readonly<Record<string, string>>
}

/** An action has ended. */
export interface JobEnd {
  readonly jobId: number
  readonly succeeded: boolean
  /** why it failed, or that it was cancelled */
  readonly error?: unknown
}

/** A stage as listeners are told of it. */
export interface StageEvent {
  readonly stageId: number
  readonly stageAttempt: number
  readonly name: string
  readonly numTasks: number
}

/** A stage has ended. */
export interface StageCompleted extends StageEvent {
  readonly succeeded: boolean
  readonly numFailedTasks: number
  readonly seconds: number
  /** bytes */
  readonly shuffleReadBytes: number
  /** bytes */
  readonly shuffleWriteBytes: number
  /** bytes */
  readonly spilledBytes: number
}

/** An attempt at a partition goes to an executor. */
export interface TaskStart {
  /** unique in the application: what `TaskContext.taskAttemptId` gives */
  readonly taskId: number
  readonly stageId: number
  /** the index of the partition */
  readonly partition: number
  /** from 0 */
  readonly attempt: number
  readonly executorId: string
}

/** An attempt has ended. */
export interface TaskEnd {
  readonly taskId: number
  readonly stageId: number
  readonly partition: number
  readonly executorId: string
  /** 'Success', or what else happened to it */
  readonly reason: 'Success' | 'UserError' | 'EngineError' | 'FetchFailed' | 'Killed' | 'CommitDenied'
  /** what it did: records, bytes, milliseconds; what is 0 is left out */
  readonly metrics: Readonly<Partial<RunningMetrics> & { runTime?: number }>
}

/** An executor is there. */
export interface ExecutorAdded {
  readonly executorId: string
  readonly host: string
  readonly cores: number
  /** bytes */
  readonly memory: number
}

/**
 * What wants to hear of things as they happen: an object with any of these methods (Spark's SparkListener), for
 * `sc.addSparkListener`. They are called in the driver, in the order of events; one that throws is told and goes on.
 */
export interface SparkListener {
  onJobStart?(event: JobStart): void
  onJobEnd?(event: JobEnd): void
  onStageSubmitted?(event: StageEvent): void
  onStageCompleted?(event: StageCompleted): void
  onTaskStart?(event: TaskStart): void
  onTaskEnd?(event: TaskEnd): void
  onExecutorAdded?(event: ExecutorAdded): void
  onExecutorRemoved?(event: { readonly executorId: string; readonly reason: string }): void
  onUnpersistRDD?(event: { readonly rddId: number }): void
  onApplicationEnd?(event: { readonly time: number }): void
}
