import type { Settings } from '../protocol/settings.js'
import type { SchedulerOptions } from '../scheduler/schedulerState.js'
import { SchedulingPools } from '../scheduler/schedulingPools.js'

/** What the settings say about scheduling, for the scheduler. */
export function schedulerOptions(settings: Settings, given: Pick<SchedulerOptions, 'maxAttempts' | 'barrier' | 'now'>): SchedulerOptions {
  return {
    ...given,
    taskCpus: settings['spark.task.cpus'],
    maxConsecutiveAttempts: settings['spark.stage.maxConsecutiveAttempts'],
    localityWait: settings['spark.locality.wait'],
    reduceLocality: settings['spark.shuffle.reduceLocality.enabled'],
    pools: new SchedulingPools(settings['spark.scheduler.mode'], settings['spark.scheduler.allocation.file']),
    ...(settings['spark.excludeOnFailure.enabled']
      ? {
          exclusion: {
            timeout: settings['spark.excludeOnFailure.timeout'],
            taskAttemptsPerExecutor: settings['spark.excludeOnFailure.task.maxTaskAttemptsPerExecutor'],
            taskAttemptsPerHost: settings['spark.excludeOnFailure.task.maxTaskAttemptsPerNode'],
            stageTasksPerExecutor: settings['spark.excludeOnFailure.stage.maxFailedTasksPerExecutor'],
            stageExecutorsPerHost: settings['spark.excludeOnFailure.stage.maxFailedExecutorsPerNode'],
            appTasksPerExecutor: settings['spark.excludeOnFailure.application.maxFailedTasksPerExecutor'],
            appExecutorsPerHost: settings['spark.excludeOnFailure.application.maxFailedExecutorsPerNode'],
          },
        }
      : {}),
    ...(settings['spark.speculation']
      ? {
          speculation: {
            quantile: settings['spark.speculation.quantile'],
            multiplier: settings['spark.speculation.multiplier'],
            minTaskRuntime: settings['spark.speculation.minTaskRuntime'],
            durationThreshold: settings['spark.speculation.task.duration.threshold'],
            efficiency: settings['spark.speculation.efficiency.enabled']
              ? {
                  processRateMultiplier: settings['spark.speculation.efficiency.processRateMultiplier'],
                  longRunTaskFactor: settings['spark.speculation.efficiency.longRunTaskFactor'],
                }
              : undefined,
          },
        }
      : {}),
  }
}
