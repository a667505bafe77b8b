import type { MemoryBudget } from '../storage/memoryBudget.js'

/** Values take about so many times the memory of their frames. */
const GROWTH = 3

/** Cached partitions as values, in the slot that used them last; frames in shared memory are what counts. */
export class DecodedCache {
  readonly #blocks = new Map<string, { rddId: number; batches: readonly (readonly unknown[])[]; bytes: number }>()

  constructor(readonly budget: MemoryBudget) {}

  get(rddId: number, partition: number): readonly (readonly unknown[])[] | undefined {
    return this.#blocks.get(`${rddId}/${partition}`)?.batches
  }

  /** Keeps the values if there is room for them. */
  put(rddId: number, partition: number, batches: readonly (readonly unknown[])[], frameBytes: number): void {
    const key = `${rddId}/${partition}`
    const bytes = frameBytes * GROWTH
    if (this.#blocks.has(key) || !this.budget.tryAcquire(bytes)) return
    this.#blocks.set(key, { rddId, batches, bytes })
  }

  dropRdd(rddId: number): void {
    for (const [key, block] of this.#blocks) {
      if (block.rddId !== rddId) continue
      this.#blocks.delete(key)
      this.budget.release(block.bytes)
    }
  }
}
