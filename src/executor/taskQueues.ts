import type { TaskLaunch } from '../protocol/executorMessages.js'

/** What is to become of a waiting task. */
type Verdict = 'run' | 'wait' | 'drop'

/** Tasks that wait for a slot, by the slot they like best: the one of their partition, which may hold it decoded. */
export class TaskQueues {
  readonly #queues: TaskLaunch[][]
  #size = 0

  constructor(slots: number) {
    this.#queues = Array.from({ length: slots }, () => [])
  }

  get size(): number {
    return this.#size
  }

  add(tasks: readonly TaskLaunch[]): void {
    for (const task of tasks) this.#queues[task.partition % this.#queues.length]!.push(task)
    this.#size += tasks.length
  }

  /** The next task for a slot: of its own first, then of what the busiest has waiting. `judge` is asked once for a task that is dropped. */
  take(slot: number, judge: (task: TaskLaunch) => Verdict): TaskLaunch | undefined {
    const own = this.#takeOf(this.#queues[slot]!, judge)
    if (own) return own
    let longest: TaskLaunch[] = []
    for (const queue of this.#queues) if (queue.length > longest.length) longest = queue
    return this.#takeOf(longest, judge)
  }

  /** Takes tasks out; gives those that were there. */
  remove(taskIds: ReadonlySet<number>): number[] {
    const removed: number[] = []
    for (const queue of this.#queues) {
      for (let at = queue.length - 1; at >= 0; at--) {
        const { taskId } = queue[at]!
        if (!taskIds.has(taskId)) continue
        queue.splice(at, 1)
        this.#size--
        removed.push(taskId)
      }
    }
    return removed
  }

  #takeOf(queue: TaskLaunch[], judge: (task: TaskLaunch) => Verdict): TaskLaunch | undefined {
    for (let at = 0; at < queue.length; at++) {
      const task = queue[at]!
      const verdict = judge(task)
      if (verdict === 'wait') continue
      if (at === 0) queue.shift()
      else queue.splice(at, 1)
      this.#size--
      if (verdict === 'run') return task
      at--
    }
    return undefined
  }
}
