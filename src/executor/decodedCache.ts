import type { MemoryBudget } from '../storage/memoryBudget.js'

/** Values take about so many times the memory of their frames. */
const GROWTH = 3

type Batches = readonly (readonly unknown[])[]

/** Cached partitions as values, in the slot that used them last; frames in shared memory are what counts. */
export class DecodedCache {
  readonly #blocks = new Map<string, { rddId: number; batches: Batches; bytes: number }>()

  constructor(readonly budget: MemoryBudget) {}

  get(rddId: number, partition: number): Batches | undefined {
    const key = `${rddId}/${partition}`
    const block = this.#blocks.get(key)
    if (!block) return undefined
    // what was read last goes to the end
    this.#blocks.delete(key)
    this.#blocks.set(key, block)
    return block.batches
  }

  /** Keeps the values if there is room for them. */
  put(rddId: number, partition: number, batches: Batches, frameBytes: number): void {
    const key = `${rddId}/${partition}`
    const bytes = frameBytes * GROWTH
    if (this.#blocks.has(key) || bytes > this.budget.free || !this.budget.tryAcquire(bytes)) return
    this.#blocks.set(key, { rddId, batches, bytes })
  }

  /** Drops values until so many bytes are free, those of another RDD first. */
  makeRoom(bytes: number, forRdd?: number): void {
    for (const wanted of [false, true]) {
      for (const [key, block] of this.#blocks) {
        if (this.budget.free >= bytes) return
        if ((block.rddId === forRdd) === wanted) this.#remove(key)
      }
    }
  }

  dropRdd(rddId: number): void {
    for (const [key, block] of this.#blocks) if (block.rddId === rddId) this.#remove(key)
  }

  #remove(key: string): void {
    const block = this.#blocks.get(key)
    if (!block) return
    this.#blocks.delete(key)
    this.budget.release(block.bytes)
  }
}
