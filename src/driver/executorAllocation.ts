import { TsparkError } from '../events/tsparkError.js'
import type { ExecutorAllocationOptions } from '../protocol/executorAllocationOptions.js'
import type { ExecutorRequests } from '../rdd/jobRunner.js'
import { ExecutorAllocationManager } from '../scheduler/executorAllocationManager.js'
import type { Scheduler } from '../scheduler/scheduler.js'

const EVERY_MS = 100

export interface ExecutorAllocationActions {
  /** the application wants so many executors from now on */
  want(total: number): void
  /** ends an executor at once */
  kill(executorId: string): void
  log(text: string): void
}

/** How many executors the application has: by its backlog under dynamic allocation, else as main asks. */
export class ExecutorAllocation implements ExecutorRequests {
  readonly #scheduler: Scheduler
  readonly #actions: ExecutorAllocationActions
  readonly #manager: ExecutorAllocationManager | undefined
  readonly #timer: NodeJS.Timeout | undefined
  #wanted: number | undefined

  constructor(scheduler: Scheduler, options: ExecutorAllocationOptions | undefined, wanted: number | undefined, actions: ExecutorAllocationActions) {
    this.#scheduler = scheduler
    this.#actions = actions
    this.#wanted = wanted
    if (options === undefined) return
    this.#manager = new ExecutorAllocationManager(options)
    this.#want(options.initial)
    this.#timer = setInterval(() => this.#decide(), EVERY_MS)
    this.#timer.unref()
  }

  requestTotal(total: number): void {
    this.#refuseWhenDynamic('requestTotalExecutors')
    this.#want(total)
  }

  requestMore(more: number): void {
    this.#refuseWhenDynamic('requestExecutors')
    this.#want((this.#wanted ?? this.#scheduler.executors.length) + more)
  }

  kill(executorIds: readonly string[]): string[] {
    this.#refuseWhenDynamic('killExecutors')
    const executors = this.#scheduler.executors
    const known = [...new Set(executorIds)].filter((id) => executors.some(({ executorId }) => executorId === id))
    if (known.length > 0) this.#want(Math.max(0, (this.#wanted ?? executors.length) - known.length))
    for (const executorId of known) this.#actions.kill(executorId)
    return known
  }

  /** Main has ended all executors, or asked for none, and has not asked for others since. */
  get wantsNone(): boolean {
    return this.#manager === undefined && this.#wanted === 0 && this.#scheduler.executors.length === 0
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #decide(): void {
    const scheduler = this.#scheduler
    const { total, release } = this.#manager!.decide(performance.now(), {
      executors: scheduler.executors
        .filter(({ draining }) => !draining)
        .map(({ executorId, cores, used }) => ({ executorId, cores, used, caches: scheduler.cache.isHolder(executorId) })),
      tasks: scheduler.activeStages.map((stage) => ({ count: stage.running.size + (stage.suspended ? 0 : stage.pending.size), cpus: stage.cpus })),
    })
    this.#want(total)
    for (const executorId of release) {
      this.#actions.log(`executor ${executorId} is given back: it was idle for too long`)
      scheduler.retire(executorId)
    }
  }

  #want(total: number): void {
    if (total === this.#wanted) return
    this.#wanted = total
    this.#actions.want(total)
  }

  #refuseWhenDynamic(method: string): void {
    if (!this.#manager) return
    throw new TsparkError('TSPARK_ARGUMENT', `${method}(): dynamic allocation decides how many executors there are`, {
      hint: 'leave out spark.dynamicAllocation.enabled to decide it in main',
    })
  }
}
