import type { StageRun } from './stageRun.js'

/** How jobs, or the stages of one pool, share the slots (spark.scheduler.mode, schedulingMode). */
export type SharingMode = 'FIFO' | 'FAIR'

/** What a pool is entitled to. */
export interface PoolSettings {
  readonly name: string
  /** how its stages share what the pool has */
  readonly schedulingMode: SharingMode
  /** its share relative to other pools */
  readonly weight: number
  /** slots it gets before pools that have theirs */
  readonly minShare: number
}

interface Share {
  readonly name: string
  readonly running: number
  readonly weight: number
  readonly minShare: number
}

const DEFAULT_POOL = 'default'

/** In which order stages are offered free slots: first come first served, or by pools (Spark's Pool and SchedulingAlgorithm). */
export class SchedulingPools {
  readonly #pools: ReadonlyMap<string, PoolSettings>

  constructor(
    readonly mode: SharingMode,
    pools: readonly PoolSettings[] = [],
  ) {
    this.#pools = new Map(pools.map((pool) => [pool.name, pool]))
  }

  /** Those stages that wait, in order; `active` are all that may run tasks. */
  order(waiting: readonly StageRun[], active: Iterable<StageRun>): StageRun[] {
    if (this.mode === 'FIFO') return waiting.toSorted(byAge)
    const running = new Map<string, number>()
    for (const { pool = DEFAULT_POOL, running: tasks } of active) running.set(pool, (running.get(pool) ?? 0) + tasks.size)
    const byPool = new Map<string, StageRun[]>()
    for (const stage of waiting) {
      const stages = byPool.get(stage.pool ?? DEFAULT_POOL)
      if (stages) stages.push(stage)
      else byPool.set(stage.pool ?? DEFAULT_POOL, [stage])
    }
    const shares = [...byPool.keys()].map((name): Share => ({ name, running: running.get(name) ?? 0, ...this.#rights(name) }))
    return shares.sort(byNeed).flatMap(({ name }) => {
      const stages = byPool.get(name)!
      return this.#pools.get(name)?.schedulingMode === 'FAIR'
        ? stages.toSorted((a, b) => a.running.size - b.running.size || byAge(a, b))
        : stages.toSorted(byAge)
    })
  }

  /** A pool nobody has described has the weight of one job. */
  #rights(name: string): { weight: number; minShare: number } {
    const { weight = 1, minShare = 0 } = this.#pools.get(name) ?? {}
    return { weight, minShare }
  }
}

function byAge(a: StageRun, b: StageRun): number {
  return a.priority - b.priority || a.stageId - b.stageId
}

/** Pools below their minimum first, those furthest below it before the others; then by running tasks for their weight; then by name. */
function byNeed(a: Share, b: Share): number {
  const needy = (share: Share): boolean => share.running < share.minShare
  if (needy(a) !== needy(b)) return needy(a) ? -1 : 1
  const ratio = (share: Share): number => (needy(share) ? share.running / share.minShare : share.running / share.weight)
  return ratio(a) - ratio(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
}
