import type { SparkListener } from '../rdd/sparkListener.js'

/** Tells listeners of the user's what happens (Spark's LiveListenerBus, without the queue: they run where the scheduler does). */
export class ListenerBus {
  readonly #listeners = new Set<SparkListener>()

  constructor(readonly complain: (text: string) => void) {}

  add(listener: SparkListener): void {
    this.#listeners.add(listener)
  }

  remove(listener: SparkListener): void {
    this.#listeners.delete(listener)
  }

  /** Calls one method of all listeners; the event is made only if there are any. */
  post<K extends keyof SparkListener>(method: K, event: () => Parameters<NonNullable<SparkListener[K]>>[0]): void {
    if (this.#listeners.size === 0) return
    const made = event()
    for (const listener of [...this.#listeners]) {
      try {
        ;(listener[method] as ((event: unknown) => unknown) | undefined)?.call(listener, made)
      } catch (error) {
        this.complain(`a SparkListener failed in ${method}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }
}
