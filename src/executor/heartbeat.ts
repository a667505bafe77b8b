import type { ExecutorToDriver } from '../protocol/executorMessages.js'
import type { PressureWatch } from './pressureWatch.js'
import type { Slot } from './slot.js'

const EVERY_MS = 1000

/** What an executor tells each second: that it lives, its memory, and how far its tasks are. */
export class Heartbeat {
  readonly #slots: readonly Slot[]
  readonly #progress: Float64Array
  readonly #memory: PressureWatch

  /** @param progress by slot: records that its task has read */
  constructor(slots: readonly Slot[], progress: Float64Array, memory: PressureWatch) {
    this.#slots = slots
    this.#progress = progress
    this.#memory = memory
  }

  start(beat: () => void): void {
    setInterval(beat, EVERY_MS)
  }

  message(): ExecutorToDriver {
    return {
      type: 'heartbeat',
      rss: this.#memory.look(),
      running: this.#slots.flatMap((slot) => slot.tasks),
      records: this.#slots.flatMap((slot, index) => slot.tasks.map((_, at) => (at === 0 ? this.#progress[index]! : 0))),
    }
  }
}
