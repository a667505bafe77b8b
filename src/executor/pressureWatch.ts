import type { MemoryBudget } from '../storage/memoryBudget.js'

/** By how much the process may exceed its memory: threads, code and garbage that was not collected yet are in no estimate. */
const RESIDENT_SHARE = 1.25

/** Takes what estimates have missed off the budget: tasks spill earlier, until the process has shrunk again. */
export class PressureWatch {
  readonly #budget: MemoryBudget
  readonly #most: number

  /** @param memory of the executor, bytes */
  constructor(budget: MemoryBudget, memory: number) {
    this.#budget = budget
    this.#most = memory * RESIDENT_SHARE
  }

  /** Gives the resident memory. */
  look(): number {
    const rss = process.memoryUsage.rss()
    this.#budget.pressure = Math.max(0, rss - this.#most)
    return rss
  }
}
