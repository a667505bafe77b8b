import { rmSync } from 'node:fs'
import type { MemoryBudget } from '../storage/memoryBudget.js'
import type { CachedFrames } from './slotMessages.js'

interface Block {
  readonly rddId: number
  readonly partition: number
  readonly content: CachedFrames
  readonly bytes: number
}

/** The cached partitions of an executor: frames in shared memory, or files; the least recently used go first. */
export class BlockCache {
  readonly #blocks = new Map<string, Block>()

  constructor(
    readonly budget: MemoryBudget,
    readonly onEvicted: (blocks: { rddId: number; partition: number }[]) => void,
  ) {}

  get(rddId: number, partition: number): CachedFrames | undefined {
    const key = `${rddId}/${partition}`
    const block = this.#blocks.get(key)
    if (!block) return undefined
    // a Map keeps the order of insertion: what was read last goes to the end
    this.#blocks.delete(key)
    this.#blocks.set(key, block)
    return block.content
  }

  /** Takes a block whose memory the slot has acquired. */
  put(rddId: number, partition: number, content: CachedFrames, bytes: number): void {
    const key = `${rddId}/${partition}`
    this.#remove(key)
    this.#blocks.set(key, { rddId, partition, content, bytes })
  }

  /** Drops blocks of other RDDs, least recently used first, until so many bytes are free. */
  makeRoom(rddId: number, bytes: number): boolean {
    const evicted: { rddId: number; partition: number }[] = []
    for (const [key, block] of this.#blocks) {
      if (this.budget.total - this.budget.used >= bytes) break
      if (block.rddId === rddId || block.content.path !== undefined) continue
      this.#remove(key)
      evicted.push({ rddId: block.rddId, partition: block.partition })
    }
    if (evicted.length > 0) this.onEvicted(evicted)
    return this.budget.total - this.budget.used >= bytes
  }

  dropRdd(rddId: number): void {
    for (const [key, block] of this.#blocks) if (block.rddId === rddId) this.#remove(key)
  }

  #remove(key: string): void {
    const block = this.#blocks.get(key)
    if (!block) return
    this.#blocks.delete(key)
    if (block.content.path === undefined) this.budget.release(block.bytes)
    else rmSync(block.content.path, { force: true })
  }
}
