import type { RunnerStatus } from '../rdd/jobRunner.js'
import type { Scheduler } from '../scheduler/scheduler.js'
import type { StorageStatus } from '../scheduler/storageStatus.js'
import type { JobHistory } from './jobHistory.js'

/** What runs at this moment, for the status tracker. */
export function runnerStatus(activeJobs: readonly number[], scheduler: Scheduler, history: JobHistory, storage: StorageStatus): RunnerStatus {
  return {
    activeJobs,
    activeStages: scheduler.activeStages.map((stage) => ({
      stageId: stage.stageId,
      name: stage.plan.name,
      total: stage.total,
      done: stage.done,
      running: stage.running.size,
      failed: stage.failed,
    })),
    executors: scheduler.executors.map(({ executorId, host, cores, memory, running }) => ({
      executorId,
      host,
      cores,
      memory,
      storageMemory: storage.capacityOf(executorId),
      storageUsed: storage.memoryOf(executorId),
      running: running.size,
    })),
    jobsInGroup: (group) => history.inGroup(group),
    jobsWithTag: (tag) => history.withTag(tag),
    job: (jobId) => {
      const job = history.job(jobId)
      return job && { stageIds: [...(scheduler.job(jobId)?.stageIds ?? job.stageIds)], status: job.status }
    },
  }
}
