import { type ExecutorSlots, freeSlots } from './executorSlots.js'
import type { Places } from './failureExclusion.js'
import { Offers } from './offers.js'
import type { StageRun } from './stageRun.js'

/** A queue in front of a busy slot holds about so many ms of work. */
const QUEUED_MS = 20
const MOST_QUEUED = 256

/**
 * Gives at most so many of a stage's waiting partitions to executors: those with the fewest running tasks first, and queues only when no
 * slot is free. Gives how many it gave.
 */
export function assignTasks(
  stage: StageRun,
  { executors, accepts }: Places<ExecutorSlots>,
  { now, most, queues }: { now: number; most: number; queues: boolean },
  launch: (partition: number, executor: ExecutorSlots) => void,
): number {
  const queue = queues ? queueLength(stage) : 0
  const offers = new Offers(now, executors, accepts)
  let left = most
  // two passes: free slots everywhere first, then queues in front of busy ones
  for (const limit of queue > 0 ? [0, queue] : [0]) {
    const roomOf = (executor: ExecutorSlots): number => (limit === 0 ? freeSlots(executor, stage.cpus) : queueRoom(executor, limit))
    // while all tasks wait for places they like, whoever is no such place need not be asked
    const isAsked = (executor: ExecutorSlots): boolean => !offers.allHeld || stage.pending.isLiked(executor)
    let open = executors.filter((executor) => roomOf(executor) > 0 && isAsked(executor))
    while (open.length > 0 && stage.pending.size > 0 && left > 0) {
      if (open.length > 1) open.sort((a, b) => a.used - b.used)
      const first = open[0]!
      const room = roomOf(first)
      // as many as bring it level with the next one: sorting once for a run of tasks, not for each
      const level = open[1] ? Math.max(1, Math.floor((open[1].used - first.used) / stage.cpus)) : room
      let wanted = true
      for (let given = Math.min(level, room, left); given > 0; given--) {
        const partition = stage.pending.take(first, offers)
        wanted = partition !== undefined
        if (partition === undefined) break
        left--
        launch(partition, first)
      }
      if (!wanted || roomOf(first) === 0) open.shift()
      if (!wanted && offers.allHeld) open = open.filter(isAsked)
    }
  }
  return most - left
}

/** An executor starts what it has as soon as a thread is free, so nothing may wait there behind a task of several cores. */
function queueRoom({ running, used, cores }: ExecutorSlots, limit: number): number {
  return used > running.size ? 0 : Math.max(0, cores * (1 + limit) - used)
}

function queueLength(stage: StageRun): number {
  if (stage.cpus > 1 || stage.done === 0 || stage.meanTime > QUEUED_MS) return 0
  return Math.min(MOST_QUEUED, Math.floor(QUEUED_MS / Math.max(stage.meanTime, 0.05)))
}
