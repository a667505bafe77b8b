import type { CachedBlock } from '../plan/jobPlan.js'

/** How much of what is persisted lies where, bytes. */
export interface StoredSizes {
  partitions: number
  memory: number
  disk: number
}

/** Sizes of cached partitions by executor; what the cache tracker does not need and users ask for. */
export class StorageStatus {
  readonly #byExecutor = new Map<string, Map<string, { rddId: number; bytes: number; onDisk: boolean }>>()
  readonly #capacities = new Map<string, number>()

  /** @param bytes what buffers and caches may take there */
  executorAdded(executorId: string, bytes: number): void {
    this.#capacities.set(executorId, bytes)
  }

  /** Bytes that buffers and caches may take on an executor. */
  capacityOf(executorId: string): number {
    return this.#capacities.get(executorId) ?? 0
  }

  stored(executorId: string, { rddId, partition }: CachedBlock, bytes: number, onDisk: boolean): void {
    const blocks = this.#byExecutor.get(executorId) ?? new Map()
    this.#byExecutor.set(executorId, blocks)
    blocks.set(`${rddId}/${partition}`, { rddId, bytes, onDisk })
  }

  movedToDisk(executorId: string, { rddId, partition }: CachedBlock): void {
    const block = this.#byExecutor.get(executorId)?.get(`${rddId}/${partition}`)
    if (block) block.onDisk = true
  }

  removed(executorId: string, { rddId, partition }: CachedBlock): void {
    this.#byExecutor.get(executorId)?.delete(`${rddId}/${partition}`)
  }

  executorLost(executorId: string): void {
    this.#byExecutor.delete(executorId)
    this.#capacities.delete(executorId)
  }

  dropRdd(rddId: number): void {
    for (const blocks of this.#byExecutor.values()) for (const [key, block] of blocks) if (block.rddId === rddId) blocks.delete(key)
  }

  ofRdd(rddId: number): StoredSizes {
    const partitions = new Set<string>()
    const sizes = { partitions: 0, memory: 0, disk: 0 }
    for (const blocks of this.#byExecutor.values()) {
      for (const [key, block] of blocks) {
        if (block.rddId !== rddId) continue
        partitions.add(key)
        sizes[block.onDisk ? 'disk' : 'memory'] += block.bytes
      }
    }
    return { ...sizes, partitions: partitions.size }
  }

  /** Bytes of memory that cached partitions take on an executor. */
  memoryOf(executorId: string): number {
    let memory = 0
    for (const block of this.#byExecutor.get(executorId)?.values() ?? []) if (!block.onDisk) memory += block.bytes
    return memory
  }
}
