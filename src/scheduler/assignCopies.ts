import { type ExecutorSlots, freeSlots } from './executorSlots.js'
import type { Places } from './failureExclusion.js'
import type { StageRun } from './stageRun.js'

/** Gives slow tasks of a stage second attempts in free slots: on another executor, and on another host where one has a slot. Gives how many. */
export function assignCopies(
  stage: StageRun,
  { executors, accepts }: Places<ExecutorSlots>,
  most: number,
  launch: (partition: number, executor: ExecutorSlots) => void,
): number {
  let given = 0
  for (const partition of stage.speculatable) {
    if (given >= most) break
    const [first, ...others] = stage.attemptsAt(partition)
    if (!first || others.length > 0) {
      stage.speculatable.delete(partition)
      continue
    }
    const free = executors.filter(
      (executor) => executor.executorId !== first.executorId && freeSlots(executor, stage.cpus) > 0 && (accepts?.(partition, executor) ?? true),
    )
    free.sort((a, b) => Number(a.host === first.host) - Number(b.host === first.host) || a.used - b.used)
    const [place] = free
    if (!place) continue
    stage.speculatable.delete(partition)
    stage.speculated++
    launch(partition, place)
    given++
  }
  return given
}
