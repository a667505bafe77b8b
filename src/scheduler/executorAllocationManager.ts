import type { ExecutorAllocationOptions } from '../protocol/executorAllocationOptions.js'

/** What dynamic allocation looks at. */
export interface AllocationView {
  /** those that may still get tasks */
  readonly executors: readonly {
    readonly executorId: string
    readonly cores: number
    /** cores of the tasks it was given and that have not ended */
    readonly used: number
    /** it holds cached partitions */
    readonly caches: boolean
  }[]
  /** tasks that wait or run, of all stages whose inputs are there, and the cores of each */
  readonly tasks: readonly { readonly count: number; readonly cpus: number }[]
}

export interface AllocationDecision {
  /** executors the application wants to have */
  readonly total: number
  /** idle ones to give back */
  readonly release: readonly string[]
}

/** Wants more executors while tasks wait, twice as many more each time, and gives back idle ones (Spark's ExecutorAllocationManager). */
export class ExecutorAllocationManager {
  readonly #options: ExecutorAllocationOptions
  readonly #idleSince = new Map<string, number>()
  #target: number
  #toAdd = 1
  /** when more are asked for if tasks still wait */
  #addAt: number | undefined
  /** the first executors wait for work */
  #initial = true
  #coresEach: number | undefined

  constructor(options: ExecutorAllocationOptions) {
    this.#options = options
    this.#target = options.initial
    this.#coresEach = options.executorCores
  }

  decide(now: number, view: AllocationView): AllocationDecision {
    const expired = this.#expired(now, view)
    if (view.tasks.some(({ count }) => count > 0) || expired.length > 0) this.#initial = false
    if (!this.#initial) this.#retarget(now, view)
    const spare = view.executors.length - Math.max(this.#options.min, this.#target)
    return { total: this.#target, release: expired.slice(0, Math.max(0, spare)) }
  }

  #retarget(now: number, view: AllocationView): void {
    const { min, backlogTimeout, sustainedBacklogTimeout } = this.#options
    const onSlots = view.executors.reduce((sum, { used, cores }) => sum + Math.min(used, cores), 0)
    if (view.tasks.reduce((sum, { count, cpus }) => sum + count * cpus, 0) > onSlots) this.#addAt ??= now + backlogTimeout
    else this.#nothingWaits()
    const needed = this.#needed(view)
    if (needed < this.#target) {
      this.#target = Math.max(needed, min)
      this.#toAdd = 1
    } else if (this.#addAt !== undefined && now >= this.#addAt) {
      this.#grow(needed, view.executors.length)
      this.#addAt = now + sustainedBacklogTimeout
    }
  }

  #nothingWaits(): void {
    this.#addAt = undefined
    this.#toAdd = 1
  }

  #grow(needed: number, have: number): void {
    const { min, max } = this.#options
    // what is there already needs no ramp
    const from = Math.max(this.#target, have)
    this.#target = Math.max(min, Math.min(from + this.#toAdd, needed, max))
    this.#toAdd = this.#target - from === this.#toAdd ? this.#toAdd * 2 : 1
  }

  /** Executors that all tasks together could use. */
  #needed({ executors, tasks }: AllocationView): number {
    for (const { cores } of executors) this.#coresEach = Math.max(cores, this.#options.executorCores ?? this.#coresEach ?? 0)
    const coresEach = this.#coresEach ?? 1
    // one that is too small for a task is no reason to want more than one for each
    const busy = tasks.reduce((sum, { count, cpus }) => sum + count / Math.max(1, Math.floor(coresEach / cpus)), 0)
    return Math.ceil(busy * this.#options.ratio)
  }

  /** Those without a task for longer than they may be, the longest idle first. */
  #expired(now: number, { executors }: AllocationView): string[] {
    const { idleTimeout, cachedIdleTimeout } = this.#options
    const known = new Set(executors.map(({ executorId }) => executorId))
    for (const executorId of this.#idleSince.keys()) if (!known.has(executorId)) this.#idleSince.delete(executorId)
    const expired: { executorId: string; since: number }[] = []
    for (const { executorId, used, caches } of executors) {
      if (used > 0) {
        this.#idleSince.delete(executorId)
        continue
      }
      const since = this.#idleSince.get(executorId) ?? now
      this.#idleSince.set(executorId, since)
      if (now - since >= (caches ? cachedIdleTimeout : idleTimeout)) expired.push({ executorId, since })
    }
    return expired.sort((a, b) => a.since - b.since).map(({ executorId }) => executorId)
  }
}
