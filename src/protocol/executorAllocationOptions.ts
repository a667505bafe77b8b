import { type Conf, settingsOf } from './settings.js'
import type { ResourceRequest } from './shapes.js'

/** Bounds and patience of dynamic allocation; times in ms. */
export interface ExecutorAllocationOptions {
  readonly min: number
  readonly max: number
  readonly initial: number
  /** absent: whatever executors turn out to have */
  readonly executorCores: number | undefined
  readonly idleTimeout: number
  readonly cachedIdleTimeout: number
  readonly backlogTimeout: number
  readonly sustainedBacklogTimeout: number
  /** share of the executors that all waiting and running tasks could use */
  readonly ratio: number
}

const MIN = 'spark.dynamicAllocation.minExecutors'
const MAX = 'spark.dynamicAllocation.maxExecutors'
const INITIAL = 'spark.dynamicAllocation.initialExecutors'

/** What an application's settings say about dynamic allocation; undefined if it is off. Throws an Error when they contradict each other. */
export function executorAllocationOptions(conf: Conf, { executorCores, numExecutors }: ResourceRequest): ExecutorAllocationOptions | undefined {
  const settings = settingsOf(conf)
  if (!settings['spark.dynamicAllocation.enabled']) return undefined
  const min = settings[MIN]
  const max = settings[MAX] ?? Number.POSITIVE_INFINITY
  const started = settings[INITIAL]
  if (min > max) throw new Error(`${MIN}=${min} is more than ${MAX}=${max}`)
  for (const [name, value] of [
    [`${INITIAL}=${started}`, started],
    [`--num-executors ${numExecutors}`, numExecutors],
  ] as const) {
    if (value !== undefined && value > max) throw new Error(`${name} is more than ${MAX}=${max}`)
    if (value !== undefined && value < min) throw new Error(`${name} is less than ${MIN}=${min}`)
  }
  return {
    min,
    max,
    initial: Math.max(min, started ?? 0, numExecutors ?? 0),
    executorCores,
    idleTimeout: settings['spark.dynamicAllocation.executorIdleTimeout'],
    cachedIdleTimeout: settings['spark.dynamicAllocation.cachedExecutorIdleTimeout'] ?? Number.POSITIVE_INFINITY,
    backlogTimeout: settings['spark.dynamicAllocation.schedulerBacklogTimeout'],
    sustainedBacklogTimeout:
      settings['spark.dynamicAllocation.sustainedSchedulerBacklogTimeout'] ?? settings['spark.dynamicAllocation.schedulerBacklogTimeout'],
    ratio: settings['spark.dynamicAllocation.executorAllocationRatio'],
  }
}
