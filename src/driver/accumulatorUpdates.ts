import type { ExecutorToDriver } from '../protocol/executorMessages.js'

type Updates = Extract<ExecutorToDriver, { type: 'tasksEnded' }>['tasks'][number]['accumulators']
type Listener = (id: number, update: Uint8Array, inAction: boolean) => void

/** What accepted tasks added to accumulators, on its way to the context's. */
export class AccumulatorUpdates {
  readonly #listeners: Listener[] = []
  /** of tasks of barrier stages, by task, until it is known whether they count */
  readonly #held = new Map<number, Updates>()

  listen(listener: Listener): void {
    this.#listeners.push(listener)
  }

  count(updates: Updates, inAction: boolean): void {
    for (const { id, update } of updates) for (const listener of this.#listeners) listener(id, update, inAction)
  }

  hold(taskId: number, updates: Updates): void {
    this.#held.set(taskId, updates)
  }

  /** Held ones that count after all. */
  accept(taskIds: readonly number[]): void {
    for (const taskId of taskIds) this.count(this.#held.get(taskId) ?? [], true)
    this.discard(taskIds)
  }

  /** Held ones that do not count. */
  discard(taskIds: readonly number[]): void {
    for (const taskId of taskIds) this.#held.delete(taskId)
  }
}
