import type { MemoryBudget } from '../storage/memoryBudget.js'

const LARGEST_STEP = 1 << 20
const LARGEST_FLOOR = 4 << 20

/**
 * What one collection takes of the executor's budget: acquired in steps, given back at once. A small floor needs no
 * room, or else a collection that comes late would spill a file for every few records.
 */
export class MemoryUse {
  readonly #floor: number
  readonly #step: number
  #held = 0

  constructor(readonly budget: MemoryBudget) {
    this.#floor = Math.min(LARGEST_FLOOR, budget.total / 32)
    this.#step = Math.min(LARGEST_STEP, Math.ceil(budget.total / 64 / 1024) * 1024)
  }

  /** Makes sure that so many bytes are held; false: there is no room, so spill. */
  reach(bytes: number): boolean {
    if (bytes <= this.#held + this.#floor) return true
    const more = Math.ceil((bytes - this.#held - this.#floor) / this.#step) * this.#step
    if (!this.budget.tryAcquire(more)) return false
    this.#held += more
    return true
  }

  release(): void {
    if (this.#held > 0) this.budget.release(this.#held)
    this.#held = 0
  }
}
