import type { MasterUrl } from '../cluster/masterUrl.js'
import type { Settings } from '../protocol/settings.js'
import type { ResourceRequest } from '../protocol/shapes.js'
import type { BarrierLimits } from '../scheduler/schedulerState.js'

/** How long a barrier stage waits, and for how many slots at most it can make sense to wait. */
export function barrierLimits(master: MasterUrl, { totalExecutorCores }: ResourceRequest, settings: Settings): BarrierLimits {
  return {
    syncTimeout: settings['spark.barrier.sync.timeout'],
    slotsTimeout:
      settings['spark.scheduler.barrier.maxConcurrentTasksCheck.interval'] * settings['spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures'],
    mostSlots: Math.min(coresOf(master), totalExecutorCores ?? Number.POSITIVE_INFINITY),
  }
}

/** Cores of an embedded cluster; others may grow. */
function coresOf(master: MasterUrl): number {
  switch (master.kind) {
    case 'local':
      return master.threads
    case 'local-cluster':
      return master.workers * master.cores
    case 'tspark':
      return Number.POSITIVE_INFINITY
  }
}
