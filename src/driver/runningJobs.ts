import type { TsparkEvent } from '../events/event.js'
import type { ExecutorTaskEnd } from '../protocol/executorMessages.js'
import { JobCancelledError } from '../rdd/errors.js'
import type { JobFilter, JobRequest } from '../rdd/jobRunner.js'
import type { JobFailure } from '../scheduler/schedulerPort.js'
import { failureError } from './failureError.js'
import { JobHistory } from './jobHistory.js'
import { JobResults } from './jobResults.js'
import type { ListenerBus } from './listenerBus.js'

interface Running {
  readonly request: JobRequest
  readonly results: JobResults
  readonly startedAt: number
  resolve(values: unknown[]): void
  reject(error: unknown): void
  onAbort?: () => void
}

export interface RunningJobsActions {
  submit(jobId: number, request: JobRequest): void
  cancel(jobId: number, reason: string): void
  emit(event: TsparkEvent): void
  siteOf(stack: string): string | undefined
  /** the last one has ended */
  idle(): void
}

/** The jobs of the application, each from its action's call to the values or the error that the action gives. */
export class RunningJobs {
  readonly history = new JobHistory()
  readonly #jobs = new Map<number, Running>()
  readonly #maxResultSize: number
  readonly #listeners: ListenerBus
  readonly #actions: RunningJobsActions
  #nextId = 0

  constructor(maxResultSize: number, listeners: ListenerBus, actions: RunningJobsActions) {
    this.#maxResultSize = maxResultSize
    this.#listeners = listeners
    this.#actions = actions
  }

  get ids(): readonly number[] {
    return [...this.#jobs.keys()]
  }

  run(request: JobRequest): Promise<unknown[]> {
    const { name, plan, signal, properties, tags } = request
    const group = properties['spark.jobGroup.id']
    const closed = this.history.closedBecause(group)
    if (closed !== undefined) return Promise.reject(new JobCancelledError(`${name} was cancelled: ${closed}`))
    const jobId = this.#nextId++
    return new Promise((resolve, reject) => {
      const job: Running = { request, results: new JobResults(request, this.#maxResultSize), startedAt: performance.now(), resolve, reject }
      this.#jobs.set(jobId, job)
      this.history.started(jobId, group, tags)
      if (signal) {
        job.onAbort = () => this.#actions.cancel(jobId, reasonOf(signal.reason))
        signal.addEventListener('abort', job.onAbort, { once: true })
      }
      const site = this.#actions.siteOf(request.site) ?? ''
      const numStages = plan.maps.size + 1
      this.#actions.emit({ type: 'action.started', actionId: jobId, name, site, stages: numStages })
      this.#listeners.post('onJobStart', () => ({ jobId, name, numStages, properties }))
      this.#actions.submit(jobId, request)
    })
  }

  /** The jobs that a filter means; `users`: those that need its stage. */
  matching(filter: JobFilter, users: ReadonlySet<number> | undefined): number[] {
    return this.ids.filter((jobId) => users?.has(jobId) || this.history.matches(jobId, filter))
  }

  /** One partition's result. */
  result(jobId: number, position: number, end: Extract<ExecutorTaskEnd, { kind: 'Success' }>): void {
    this.#jobs.get(jobId)?.results.take(position, end, (error) => {
      this.#fail(jobId, error)
      this.#actions.cancel(jobId, 'its results cannot be used')
    })
  }

  /** The scheduler has done with a job. @param copied the copies of what it has cached are made */
  ended(jobId: number, failure: JobFailure | undefined, stageIds: readonly number[], copied: Promise<void>): void {
    this.history.staged(jobId, stageIds)
    const job = this.#jobs.get(jobId)
    if (!job) return
    const { request, results } = job
    if (failure) {
      return this.#fail(jobId, failure.kind === 'cancelled' && request.signal?.aborted ? request.signal.reason : failureError(failure, request.name))
    }
    void copied.then(() => {
      const values = results.finish()
      this.#settle(jobId, true, () => job.resolve(values))
    })
  }

  #fail(jobId: number, error: unknown): void {
    const job = this.#jobs.get(jobId)
    if (job) this.#settle(jobId, false, () => job.reject(error), error)
  }

  #settle(jobId: number, ok: boolean, done: () => void, error?: unknown): void {
    const job = this.#jobs.get(jobId)
    if (!job) return
    this.#jobs.delete(jobId)
    job.results.close()
    const { signal } = job.request
    if (signal && job.onAbort) signal.removeEventListener('abort', job.onAbort)
    this.history.ended(jobId, ok)
    this.#listeners.post('onJobEnd', () => ({ jobId, succeeded: ok, ...(ok ? {} : { error }) }))
    this.#actions.emit({ type: 'action.ended', actionId: jobId, ok, seconds: (performance.now() - job.startedAt) / 1000 })
    if (this.#jobs.size === 0) this.#actions.idle()
    done()
  }
}

function reasonOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason)
}
