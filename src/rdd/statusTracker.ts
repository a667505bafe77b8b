import type { JobRunner } from './jobRunner.js'

/** A stage as the status tracker tells it. */
export interface StageInfo {
  readonly stageId: number
  readonly name: string
  readonly numTasks: number
  readonly numActiveTasks: number
  readonly numCompletedTasks: number
  readonly numFailedTasks: number
}

/** An executor as the status tracker tells it. */
export interface ExecutorInfo {
  readonly executorId: string
  readonly host: string
  readonly cores: number
  readonly numRunningTasks: number
}

/** What runs at the moment (Spark's SparkStatusTracker). */
export class StatusTracker {
  /** @internal */
  constructor(private readonly runner: JobRunner) {}

  /** Numbers of the running jobs. */
  getActiveJobIds(): number[] {
    return [...this.runner.status().activeJobs]
  }
  /** Numbers of the running stages. */
  getActiveStageIds(): number[] {
    return this.runner.status().activeStages.map((stage) => stage.stageId)
  }
  /** Numbers of all jobs that were started in a group; without one those without a group. */
  getJobIdsForGroup(group?: string): number[] {
    return [...this.runner.status().jobsInGroup(group)]
  }
  /** Numbers of all jobs that were started with a tag. */
  getJobIdsForTag(tag: string): number[] {
    return [...this.runner.status().jobsWithTag(tag)]
  }
  /** A job's stages and state; undefined if there is no such job. */
  getJobInfo(jobId: number): { jobId: number; stageIds: number[]; status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' } | undefined {
    const job = this.runner.status().job(jobId)
    return job && { jobId, stageIds: [...job.stageIds], status: job.status }
  }
  /** A running stage; undefined if it does not run. */
  getStageInfo(stageId: number): StageInfo | undefined {
    const stage = this.runner.status().activeStages.find((each) => each.stageId === stageId)
    return (
      stage && { stageId, name: stage.name, numTasks: stage.total, numActiveTasks: stage.running, numCompletedTasks: stage.done, numFailedTasks: stage.failed }
    )
  }
  /** The executors of the application. */
  getExecutorInfos(): ExecutorInfo[] {
    return this.runner.status().executors.map(({ executorId, host, cores, running }) => ({ executorId, host, cores, numRunningTasks: running }))
  }
}
