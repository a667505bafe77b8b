import type { MasterUrl } from '../cluster/masterUrl.js'
import { mostExecutorCores } from '../cluster/mostExecutorCores.js'
import type { Settings } from '../protocol/settings.js'
import type { ResourceRequest } from '../protocol/shapes.js'
import type { BarrierLimits } from '../scheduler/schedulerState.js'

/** How long a barrier stage waits, and for how many slots at most it can make sense to wait. */
export function barrierLimits(master: MasterUrl, resources: ResourceRequest, settings: Settings): BarrierLimits {
  const { totalExecutorCores = Number.POSITIVE_INFINITY } = resources
  return {
    syncTimeout: settings['spark.barrier.sync.timeout'],
    slotsTimeout:
      settings['spark.scheduler.barrier.maxConcurrentTasksCheck.interval'] * settings['spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures'],
    mostSlots: (cpus) => Math.min(slotsOf(master, resources, cpus), Math.floor(totalExecutorCores / cpus)),
  }
}

/** Tasks of so many cores that an embedded cluster runs at once; others may grow. A task does not lie on two executors. */
function slotsOf(master: MasterUrl, resources: ResourceRequest, cpus: number): number {
  if (master.kind === 'tspark') return Number.POSITIVE_INFINITY
  const [workers, cores] = master.kind === 'local' ? [1, master.threads] : [master.workers, master.cores]
  const each = mostExecutorCores(master, resources) ?? cores
  return workers * Math.max(1, Math.floor(cores / each)) * Math.floor(each / cpus)
}
