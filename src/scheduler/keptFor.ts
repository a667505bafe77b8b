import { type ExecutorSlots, freeSlots } from './executorSlots.js'
import type { StageRun } from './stageRun.js'

/**
 * The executor whose cores are kept for a stage none of whose tasks finds cores enough: stages behind it would take each core that
 * becomes free, for ever.
 */
export function keptFor(stage: StageRun, executors: readonly ExecutorSlots[]): ExecutorSlots | undefined {
  if (stage.cpus === 1 || stage.pending.size === 0 || stage.running.size > 0) return undefined
  let best: ExecutorSlots | undefined
  for (const executor of executors) {
    // it waits for something else than cores
    if (freeSlots(executor, stage.cpus) > 0) return undefined
    if (!best || executor.cores - executor.used > best.cores - best.used) best = executor
  }
  return best
}
