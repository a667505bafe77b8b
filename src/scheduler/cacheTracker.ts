import type { CachedBlock } from '../plan/jobPlan.js'

/** Knows which executors hold which cached partitions (Spark's BlockManagerMaster). */
export class CacheTracker {
  readonly #holders = new Map<number, Map<number, Set<string>>>()
  readonly #counts = new Map<string, number>()

  add({ rddId, partition }: CachedBlock, executorId: string): void {
    const blocks = this.#holders.get(rddId) ?? new Map<number, Set<string>>()
    this.#holders.set(rddId, blocks)
    const holders = blocks.get(partition)
    if (holders?.has(executorId)) return
    if (holders) holders.add(executorId)
    else blocks.set(partition, new Set([executorId]))
    this.#count(executorId, 1)
  }

  remove({ rddId, partition }: CachedBlock, executorId: string): void {
    const blocks = this.#holders.get(rddId)
    const holders = blocks?.get(partition)
    if (holders?.delete(executorId)) this.#count(executorId, -1)
    if (holders?.size === 0) blocks?.delete(partition)
  }

  /** Whether an executor holds anything. */
  isHolder(executorId: string): boolean {
    return this.countOn(executorId) > 0
  }

  /** How many partitions an executor holds. */
  countOn(executorId: string): number {
    return this.#counts.get(executorId) ?? 0
  }

  /** How many of the partitions an executor holds are held by others too. */
  alsoElsewhere(executorId: string): number {
    let count = 0
    for (const blocks of this.#holders.values()) for (const holders of blocks.values()) if (holders.size > 1 && holders.has(executorId)) count++
    return count
  }

  executorLost(executorId: string): void {
    this.#counts.delete(executorId)
    for (const blocks of this.#holders.values()) {
      for (const [partition, holders] of blocks) {
        holders.delete(executorId)
        if (holders.size === 0) blocks.delete(partition)
      }
    }
  }

  dropRdd(rddId: number): void {
    for (const holders of this.#holders.get(rddId)?.values() ?? []) for (const executorId of holders) this.#count(executorId, -1)
    this.#holders.delete(rddId)
  }

  /** How many partitions of an RDD are cached somewhere. */
  count(rddId: number): number {
    return this.#holders.get(rddId)?.size ?? 0
  }

  /** Those of an RDD's partitions that are cached somewhere. */
  partitions(rddId: number): number[] {
    return [...(this.#holders.get(rddId)?.keys() ?? [])]
  }

  readonly isCached = ({ rddId, partition }: CachedBlock): boolean => this.#holders.get(rddId)?.has(partition) === true

  holders({ rddId, partition }: CachedBlock): ReadonlySet<string> | undefined {
    return this.#holders.get(rddId)?.get(partition)
  }

  #count(executorId: string, change: number): void {
    this.#counts.set(executorId, this.countOn(executorId) + change)
  }
}
