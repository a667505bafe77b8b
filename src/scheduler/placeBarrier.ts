import { type ExecutorSlots, freeSlots } from './executorSlots.js'
import { likes, type Preference } from './preference.js'

/**
 * A slot for every task of a barrier stage; there are slots enough. Tasks go where their data are while there is room,
 * the others to the executors with the fewest cores in use; none waits for its data.
 *
 * @param cpus cores of a task
 */
export function placeBarrier(
  partitions: readonly number[],
  cpus: number,
  executors: readonly ExecutorSlots[],
  preferred: (partition: number) => Preference | undefined,
): Map<number, ExecutorSlots> {
  const free = new Map(executors.map((executor) => [executor, freeSlots(executor, cpus)]))
  const placed = new Map<number, ExecutorSlots>()
  const take = (partition: number, candidates: readonly ExecutorSlots[]): void => {
    let best: ExecutorSlots | undefined
    for (const executor of candidates) if (free.get(executor)! > 0 && (!best || used(executor) < used(best))) best = executor
    if (!best) return
    free.set(best, free.get(best)! - 1)
    placed.set(partition, best)
  }
  const used = (executor: ExecutorSlots): number => executor.used + cpus * (freeSlots(executor, cpus) - free.get(executor)!)
  for (const partition of partitions) {
    const preference = preferred(partition)
    if (preference)
      take(
        partition,
        executors.filter((executor) => likes(preference, executor)),
      )
  }
  for (const partition of partitions) if (!placed.has(partition)) take(partition, executors)
  return placed
}
