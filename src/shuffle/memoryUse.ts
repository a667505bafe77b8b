import type { MemoryBudget } from '../storage/memoryBudget.js'

const STEP = 1 << 20

/** What one collection takes of the executor's budget: acquired in steps, given back at once. */
export class MemoryUse {
  #held = 0

  constructor(readonly budget: MemoryBudget) {}

  get held(): number {
    return this.#held
  }

  /** Makes sure that so many bytes are held; false: there is no room, so spill. */
  reach(bytes: number): boolean {
    if (bytes <= this.#held) return true
    const more = Math.ceil((bytes - this.#held) / STEP) * STEP
    if (!this.budget.tryAcquire(more)) return false
    this.#held += more
    return true
  }

  release(): void {
    if (this.#held > 0) this.budget.release(this.#held)
    this.#held = 0
  }
}
