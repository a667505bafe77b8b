import { rmSync } from 'node:fs'
import { FrameWriter } from '../storage/frameFile.js'
import type { MemoryBudget } from '../storage/memoryBudget.js'
import type { CachedFrames } from './slotMessages.js'

/** The part of the budget that cached partitions keep when tasks need memory (spark.memory.storageFraction). */
const PROTECTED = 0.5

interface Block {
  readonly rddId: number
  readonly partition: number
  content: CachedFrames
  readonly bytes: number
  /** where it goes instead of being dropped, if its level says so */
  readonly diskPath: string | undefined
}

/** The cached partitions of an executor: frames in shared memory, or files; the least recently used go first. */
export class BlockCache {
  readonly #blocks = new Map<string, Block>()
  readonly #drops = new Map<number, number>()
  #inMemory = 0

  constructor(
    readonly budget: MemoryBudget,
    readonly onEvicted: (blocks: { rddId: number; partition: number }[]) => void,
    readonly onMoved: (blocks: { rddId: number; partition: number }[]) => void,
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

  /** Takes a block whose memory was handed over to this cache; one that is there already stays, since it may be read just now. */
  put(rddId: number, partition: number, content: CachedFrames, bytes: number, diskPath?: string): void {
    const key = `${rddId}/${partition}`
    const block = { rddId, partition, content, bytes, diskPath }
    if (content.path === undefined) this.#inMemory += bytes
    if (this.#blocks.has(key)) this.#discard(block)
    else this.#blocks.set(key, block)
  }

  /**
   * Frees so many bytes, least recently used blocks first: for a block of an RDD those of other RDDs, for a task those
   * beyond the protected part.
   */
  makeRoom(bytes: number, forRdd?: number): void {
    const kept = this.budget.total * PROTECTED
    const evicted: { rddId: number; partition: number }[] = []
    const moved: { rddId: number; partition: number }[] = []
    for (const [key, block] of this.#blocks) {
      if (this.budget.free >= bytes) break
      if (forRdd === undefined && this.#inMemory <= kept) break
      if (block.rddId === forRdd || block.content.path !== undefined) continue
      const { rddId, partition } = block
      if (this.#toDisk(block)) {
        moved.push({ rddId, partition })
        continue
      }
      this.#remove(key)
      evicted.push({ rddId, partition })
    }
    if (moved.length > 0) this.onMoved(moved)
    if (evicted.length > 0) this.onEvicted(evicted)
  }

  /** How often an RDD was dropped: what was begun before does not count after. */
  dropsOf(rddId: number): number {
    return this.#drops.get(rddId) ?? 0
  }

  dropRdd(rddId: number): void {
    this.#drops.set(rddId, this.dropsOf(rddId) + 1)
    for (const [key, block] of this.#blocks) if (block.rddId === rddId) this.#remove(key)
  }

  /** Moves a block to its file; false: its level has none, or the disk does not take it. */
  #toDisk(block: Block): boolean {
    if (block.diskPath === undefined || block.content.path !== undefined) return false
    const writer = new FrameWriter(block.diskPath)
    try {
      for (const frame of block.content.frames) writer.write(Buffer.from(frame))
      writer.finish()
    } catch {
      writer.abort()
      return false
    }
    block.content = { path: writer.path }
    this.#release(block)
    return true
  }

  #remove(key: string): void {
    const block = this.#blocks.get(key)
    if (!block) return
    this.#blocks.delete(key)
    this.#discard(block)
  }

  #discard(block: Block): void {
    if (block.content.path === undefined) this.#release(block)
    else rmSync(block.content.path, { force: true })
  }

  #release(block: Block): void {
    this.#inMemory -= block.bytes
    this.budget.release(block.bytes)
  }
}
