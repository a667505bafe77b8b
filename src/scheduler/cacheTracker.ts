import type { CachedBlock } from '../plan/jobPlan.js'

/** Knows which executors hold which cached partitions (Spark's BlockManagerMaster). */
export class CacheTracker {
  readonly #holders = new Map<number, Map<number, Set<string>>>()

  add({ rddId, partition }: CachedBlock, executorId: string): void {
    const blocks = this.#holders.get(rddId) ?? new Map<number, Set<string>>()
    this.#holders.set(rddId, blocks)
    const holders = blocks.get(partition)
    if (holders) holders.add(executorId)
    else blocks.set(partition, new Set([executorId]))
  }

  remove({ rddId, partition }: CachedBlock, executorId: string): void {
    const blocks = this.#holders.get(rddId)
    const holders = blocks?.get(partition)
    holders?.delete(executorId)
    if (holders?.size === 0) blocks?.delete(partition)
  }

  /** Whether an executor holds anything. */
  isHolder(executorId: string): boolean {
    for (const blocks of this.#holders.values()) for (const holders of blocks.values()) if (holders.has(executorId)) return true
    return false
  }

  executorLost(executorId: string): void {
    for (const blocks of this.#holders.values()) {
      for (const [partition, holders] of blocks) {
        holders.delete(executorId)
        if (holders.size === 0) blocks.delete(partition)
      }
    }
  }

  dropRdd(rddId: number): void {
    this.#holders.delete(rddId)
  }

  /** How many partitions of an RDD are cached somewhere. */
  count(rddId: number): number {
    return this.#holders.get(rddId)?.size ?? 0
  }

  readonly isCached = ({ rddId, partition }: CachedBlock): boolean => this.#holders.get(rddId)?.has(partition) === true

  holders({ rddId, partition }: CachedBlock): ReadonlySet<string> | undefined {
    return this.#holders.get(rddId)?.get(partition)
  }
}
