import { MemoryUse } from './memoryUse.js'
import type { SpillOptions } from './spillOptions.js'

const FIRST_LOOK = 16
const LAST_LOOK = 4096
/** By how much a collection may grow between two looks, if it grows as it did before. */
const LOOK_BYTES = 256 * 1024

/** When the memory of a collection is estimated, and what it takes of the budget: the slower it grows, the rarer it is looked at. */
export class MemoryWatch {
  readonly #use: MemoryUse
  readonly #lookBytes: number
  #interval = FIRST_LOOK
  #bytes = 0
  /** records that may come before the next look */
  untilLook = FIRST_LOOK

  constructor(readonly options: SpillOptions) {
    this.#use = new MemoryUse(options.budget)
    this.#lookBytes = Math.min(LOOK_BYTES, options.budget.total / 64)
  }

  /** Takes what is held by now; false: there is no room, so spill. */
  reach(bytes: number): boolean {
    const { metrics } = this.options
    metrics.peakMemory = Math.max(metrics.peakMemory, bytes)
    const growth = Math.max(0, bytes - this.#bytes) / this.#interval
    this.#bytes = bytes
    this.#interval = Math.max(FIRST_LOOK, Math.min(LAST_LOOK, Math.floor(this.#lookBytes / (growth + 1))))
    this.untilLook = this.#interval
    return this.#use.reach(bytes)
  }

  release(): void {
    this.#bytes = 0
    this.#use.release()
  }
}
