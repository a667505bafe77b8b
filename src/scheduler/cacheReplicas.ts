import type { CachedBlock } from '../plan/jobPlan.js'
import type { StorageLevelSpec } from '../plan/taskHost.js'
import type { CacheTracker } from './cacheTracker.js'
import type { ExecutorSlots } from './executorSlots.js'

/** Copies that an executor makes at a time. */
const AT_ONCE = 2
/** Blocks that nobody takes just now and that are looked at in a row before the next copy has ended. */
const MOST_LOOKED_AT = 100

/** A cached partition that an executor is to copy from another. */
export interface ReplicaCopy extends CachedBlock {
  readonly level: StorageLevelSpec
  readonly from: string
  readonly to: string
}

/**
 * Sees to it that cached partitions lie on as many executors as their level says, as far as there are that many (Spark's
 * BlockReplicationPolicy); those whose worker is about to stop do not count, so that what they hold moves (BlockManagerDecommissioner).
 */
export class CacheReplicas {
  readonly #cache: CacheTracker
  readonly #executors: ReadonlyMap<string, ExecutorSlots>
  readonly #levels = new Map<number, StorageLevelSpec>()
  /** blocks that may have too few copies */
  readonly #open = new Map<string, CachedBlock>()
  readonly #running = new Map<string, ReplicaCopy>()
  /** `block on executor` where there was no room, or is none any more */
  readonly #refused = new Set<string>()

  constructor(cache: CacheTracker, executors: ReadonlyMap<string, ExecutorSlots>) {
    this.#cache = cache
    this.#executors = executors
  }

  /** Copies of replicated levels are being made, or wait for others. */
  get busy(): boolean {
    for (const { rddId } of this.#running.values()) if (this.#isReplicated(rddId)) return true
    for (const { rddId } of this.#open.values()) if (this.#isReplicated(rddId)) return true
    return false
  }

  /** A task has stored a block. */
  stored(block: CachedBlock, level: StorageLevelSpec): void {
    this.#levels.set(block.rddId, level)
    if (level.replication > 1 || this.#someLeave) this.#open.set(keyOf(block), block)
  }

  /** Whether copies of what an executor holds are on their way, or are still to be made. */
  isNeeded(executorId: string): boolean {
    for (const { from } of this.#running.values()) if (from === executorId) return true
    for (const block of this.#open.values()) if (this.#cache.holders(block)?.has(executorId)) return true
    return false
  }

  /** A copy was made, or could not be; gives whether there is one copy more. */
  copied(block: CachedBlock, to: string, ok: boolean): boolean {
    const key = `${keyOf(block)} on ${to}`
    const copy = this.#running.get(key)
    if (!copy) return false
    this.#running.delete(key)
    if (ok) this.#cache.add(block, to)
    // unless it was the holder that had gone
    else if (this.#executors.has(copy.from) && this.#cache.holders(block)?.has(copy.from)) this.#refused.add(key)
    this.#open.set(keyOf(block), block)
    return ok
  }

  /** A copy had to make room. */
  evicted(block: CachedBlock, executorId: string): void {
    if (this.#isReplicated(block.rddId)) this.#refused.add(`${keyOf(block)} on ${executorId}`)
  }

  dropRdd(rddId: number): void {
    if (!this.#levels.delete(rddId)) return
    const prefix = `${rddId}/`
    for (const key of this.#open.keys()) if (key.startsWith(prefix)) this.#open.delete(key)
    for (const key of this.#running.keys()) if (key.startsWith(prefix)) this.#running.delete(key)
    for (const key of this.#refused) if (key.startsWith(prefix)) this.#refused.delete(key)
  }

  /** Executors came or went: copies may be missing, or possible now. */
  executorsChanged(): void {
    for (const [key, { to }] of this.#running) if (!this.#executors.has(to)) this.#running.delete(key)
    const someLeave = this.#someLeave
    for (const [rddId, { replication }] of this.#levels) {
      if (replication === 1 && !someLeave) continue
      for (const partition of this.#cache.partitions(rddId)) this.#open.set(`${rddId}/${partition}`, { rddId, partition })
    }
  }

  /** The copies to be made now. */
  next(): ReplicaCopy[] {
    const copies: ReplicaCopy[] = []
    const load = new Map<string, number>()
    for (const { to } of this.#running.values()) load.set(to, (load.get(to) ?? 0) + 1)
    let lookedAt = 0
    for (const [key, block] of this.#open) {
      // nobody takes more for now
      if (lookedAt >= MOST_LOOKED_AT || this.#running.size >= AT_ONCE * this.#executors.size) break
      for (;;) {
        const candidates = this.#candidates(key, block)
        const to = candidates.find((executorId) => (load.get(executorId) ?? 0) < AT_ONCE)
        if (to === undefined) {
          if (candidates.length === 0) this.#open.delete(key)
          else lookedAt++
          break
        }
        const from = [...this.#cache.holders(block)!].find((executorId) => this.#executors.has(executorId))!
        const copy = { ...block, level: this.#levels.get(block.rddId)!, from, to }
        this.#running.set(`${key} on ${to}`, copy)
        load.set(to, (load.get(to) ?? 0) + 1)
        copies.push(copy)
      }
    }
    return copies
  }

  /** Executors that may take a copy, best first: on other hosts, on other workers, with fewer blocks; none if there are copies enough. */
  #candidates(key: string, block: CachedBlock): string[] {
    const level = this.#levels.get(block.rddId)
    const holders = this.#cache.holders(block)
    if (!level || !holders) return []
    const has = (executorId: string): boolean => holders.has(executorId) || this.#running.has(`${key} on ${executorId}`)
    const all = [...this.#executors.values()]
    const taken = all.filter(({ executorId, decommissioned }) => !decommissioned && has(executorId))
    if (taken.length >= level.replication || ![...holders].some((executorId) => this.#executors.has(executorId))) return []
    const rank = (executor: ExecutorSlots): number =>
      taken.some(({ workerId }) => workerId === executor.workerId) ? 2 : taken.some(({ host }) => host === executor.host) ? 1 : 0
    return all
      .filter(({ executorId, draining }) => !draining && !has(executorId) && !this.#refused.has(`${key} on ${executorId}`))
      .map((executor) => ({
        id: executor.executorId,
        rank: rank(executor),
        blocks: this.#cache.countOn(executor.executorId) + this.#copiesTo(executor.executorId),
      }))
      .sort((a, b) => a.rank - b.rank || a.blocks - b.blocks)
      .map(({ id }) => id)
  }

  #isReplicated(rddId: number): boolean {
    return (this.#levels.get(rddId)?.replication ?? 1) > 1
  }

  get #someLeave(): boolean {
    for (const { decommissioned } of this.#executors.values()) if (decommissioned) return true
    return false
  }

  #copiesTo(executorId: string): number {
    let count = 0
    for (const { to } of this.#running.values()) if (to === executorId) count++
    return count
  }
}

function keyOf({ rddId, partition }: CachedBlock): string {
  return `${rddId}/${partition}`
}
