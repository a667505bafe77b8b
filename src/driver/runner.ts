import { basename } from 'node:path'
import type { MasterUrl } from '../cluster/masterUrl.js'
import type { TsparkEvent } from '../events/event.js'
import { TsparkError } from '../events/tsparkError.js'
import { causedByApp } from '../protocol/causedByApp.js'
import { executorAllocationOptions } from '../protocol/executorAllocationOptions.js'
import type { ExecutorTaskEnd, ExecutorToDriver } from '../protocol/executorMessages.js'
import { type Settings, settingsOf } from '../protocol/settings.js'
import type { ExecutorGrant, ExitCause } from '../protocol/shapes.js'
import type { RunOptions } from '../protocol/submitMessages.js'
import { JobCancelledError } from '../rdd/errors.js'
import type { JobRequest, JobRunner, RunnerStatus } from '../rdd/jobRunner.js'
import type { BarrierAnswer } from '../scheduler/barrierCoordinator.js'
import { Scheduler } from '../scheduler/scheduler.js'
import type { JobFailure, SchedulerPort, StageLaunch } from '../scheduler/schedulerPort.js'
import type { StageRun } from '../scheduler/stageRun.js'
import type { Application } from './application.js'
import { barrierLimits } from './barrierLimits.js'
import { ExecutorAllocation } from './executorAllocation.js'
import { ExecutorHold } from './executorHold.js'
import { exitText } from './exitText.js'
import { failureError } from './failureError.js'
import { JobHistory } from './jobHistory.js'
import { readResult } from './resultReader.js'
import { TaskPlaces } from './taskPlaces.js'

const DEFAULT_ATTEMPTS = 4
const PROGRESS_MS = 200

type AccumulatorUpdates = Extract<ExecutorToDriver, { type: 'tasksEnded' }>['tasks'][number]['accumulators']

interface Pending {
  readonly request: JobRequest
  readonly values: unknown[]
  readonly startedAt: number
  readonly reads: Set<Promise<void>>
  resultBytes: number
  resolve(values: unknown[]): void
  reject(error: unknown): void
  onAbort?: () => void
}

/** Carries out what the scheduler decides on the application's executors; the RDD API's way to run jobs. */
export class Runner implements JobRunner, SchedulerPort {
  readonly #app: Application
  readonly #options: RunOptions
  readonly #settings: Settings
  readonly #maxFailures: number
  readonly #emit: (event: TsparkEvent) => void
  readonly #siteOf: (stack: string) => string | undefined
  readonly #scheduler: Scheduler
  readonly executors: ExecutorAllocation
  readonly #hold: ExecutorHold
  readonly #jobs = new Map<number, Pending>()
  readonly #history = new JobHistory()
  readonly #accumulatorListeners: ((id: number, update: Uint8Array, inAction: boolean) => void)[] = []
  readonly #places = new TaskPlaces()
  /** accumulator updates of tasks of barrier stages, until it is known whether they count */
  readonly #held = new Map<number, AccumulatorUpdates>()
  #finished = 0
  #told = 0
  readonly #files = new Map<string, string>()
  #jobId = 0
  #progress: NodeJS.Timeout | undefined

  constructor(app: Application, options: RunOptions, emit: (event: TsparkEvent) => void, siteOf: (stack: string) => string | undefined) {
    this.#app = app
    this.#options = options
    this.#emit = emit
    this.#siteOf = siteOf
    this.#settings = settingsOf(options.conf)
    this.#maxFailures = maxFailures(app.master, this.#settings)
    this.#scheduler = new Scheduler(this, {
      maxAttempts: this.#maxFailures,
      maxConsecutiveAttempts: this.#settings['spark.stage.maxConsecutiveAttempts'],
      barrier: barrierLimits(app.master, options.resources, this.#settings),
      now: () => performance.now(),
    })
    for (const path of options.files) this.#files.set(basename(path), path)
    this.executors = new ExecutorAllocation(this.#scheduler, executorAllocationOptions(options.conf, options.resources), options.resources.numExecutors, {
      want: (total) => app.want(total),
      kill: (executorId) => app.killExecutor(executorId, 'main asked for it'),
      log: (text) => this.log('debug', text),
    })
    this.#hold = new ExecutorHold(options.resources.numExecutors, {
      hold: (held) => this.#scheduler.hold(held),
      warn: (text) => this.log('warn', text),
    })
  }

  // --- what the RDD API asks

  get applicationId(): string {
    return this.#app.appId
  }
  get appName(): string {
    return this.#options.name
  }
  get master(): string {
    return this.#options.master
  }
  get defaultParallelism(): number {
    const { master } = this.#app
    if (master.kind === 'local') return master.threads
    const granted = this.#scheduler.executors.reduce((sum, executor) => sum + executor.cores, 0)
    return Math.max(2, granted, master.kind === 'local-cluster' ? master.workers * master.cores : 0)
  }

  siteOf(stack: string): string | undefined {
    return this.#siteOf(stack)
  }

  run(request: JobRequest): Promise<unknown[]> {
    const jobId = this.#jobId++
    const { plan, partitions, signal, properties } = request
    const stages = [plan.result, ...plan.maps.values()]
    if (stages.some((stage) => stage.barrier) && this.#settings['spark.dynamicAllocation.enabled']) {
      const message = `${request.name}: a barrier stage needs all its slots at once, which dynamic allocation does not promise`
      return Promise.reject(new TsparkError('TSPARK_BARRIER', message, { hint: 'leave out spark.dynamicAllocation.enabled' }))
    }
    for (const stage of stages) {
      for (const hash of stage.blobs) {
        if (!this.#app.blobs.has(hash)) return Promise.reject(new TsparkError('TSPARK_CONTEXT', `${request.name}: it uses a broadcast that was destroyed`))
      }
    }
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        request,
        values: new Array<unknown>(partitions.length),
        startedAt: performance.now(),
        reads: new Set(),
        resultBytes: 0,
        resolve,
        reject,
      }
      this.#jobs.set(jobId, pending)
      this.#history.started(jobId, properties['spark.jobGroup.id'], request.tags)
      if (signal) {
        pending.onAbort = () => this.#scheduler.cancel(jobId, reasonOf(signal.reason))
        signal.addEventListener('abort', pending.onAbort, { once: true })
      }
      this.#emit({ type: 'action.started', actionId: jobId, name: request.name, site: this.#siteOf(request.site) ?? '', stages: plan.maps.size + 1 })
      this.#scheduler.submit({ jobId, plan, partitions, properties })
      this.#watch()
    })
  }

  putBlob(bytes: Uint8Array): string {
    return this.#app.blobs.put(bytes)
  }
  dropBlob(hash: string): void {
    if (this.#app.blobs.drop(hash)) this.#app.toWorkers({ type: 'dropBlob', hash })
  }
  async dropRdd(rddId: number): Promise<void> {
    this.#scheduler.cache.dropRdd(rddId)
    for (const { executorId } of this.#scheduler.executors) this.#app.send(executorId, { type: 'dropRdd', rddId })
  }
  onAccumulator(listener: (id: number, update: Uint8Array, inAction: boolean) => void): void {
    this.#accumulatorListeners.push(listener)
  }
  cancelJobs(filter: { group?: string; tag?: string; jobId?: number; all?: boolean }, reason: string): void {
    for (const jobId of [...this.#jobs.keys()]) {
      const job = this.#history.job(jobId)
      const wanted =
        filter.all ||
        filter.jobId === jobId ||
        (filter.group !== undefined && job?.group === filter.group) ||
        (filter.tag !== undefined && job?.tags.includes(filter.tag))
      if (wanted) this.#scheduler.cancel(jobId, reason)
    }
  }
  filePath(name: string): string | undefined {
    return this.#files.get(name)
  }
  addFile(path: string): void {
    this.#files.set(basename(path), path)
    this.#app.addFile(path)
  }
  log(level: 'debug' | 'info' | 'warn', text: string): void {
    this.#emit({ type: 'log', level, text })
  }
  status(): RunnerStatus {
    return {
      activeJobs: [...this.#jobs.keys()],
      activeStages: this.#scheduler.activeStages.map((stage) => ({
        stageId: stage.stageId,
        name: stage.plan.name,
        total: stage.total,
        done: stage.done,
        running: stage.running.size,
        failed: stage.failed,
      })),
      executors: this.#scheduler.executors.map(({ executorId, host, cores, memory, running }) => ({ executorId, host, cores, memory, running: running.size })),
      jobsInGroup: (group) => this.#history.inGroup(group),
      jobsWithTag: (tag) => this.#history.withTag(tag),
      job: (jobId) => {
        const job = this.#history.job(jobId)
        return job && { stageIds: [...(this.#scheduler.job(jobId)?.stageIds ?? job.stageIds)], status: job.status }
      },
    }
  }

  // --- what happens on the cluster

  executorReady({ executorId, worker, cores, memory }: ExecutorGrant): void {
    this.#scheduler.executorAdded({ executorId, workerId: worker.workerId, host: worker.host, cores, memory })
    this.#hold.executors(this.#scheduler.executors.length)
  }
  executorLost(executorId: string, cause: ExitCause): void {
    this.#scheduler.executorLost(executorId, exitText(executorId, cause), causedByApp(cause))
    this.#hold.executors(this.#scheduler.executors.length)
  }
  workerDraining(workerId: string): void {
    this.log('info', `worker ${workerId} is stopping: its running tasks end, it gets no more`)
    this.#scheduler.drain(workerId)
  }
  workerLost(workerId: string): void {
    this.#scheduler.workerLost(workerId)
  }

  fromExecutor(executorId: string, message: ExecutorToDriver): void {
    switch (message.type) {
      case 'tasksEnded':
        for (const task of message.tasks) this.#taskEnded(executorId, task)
        this.#scheduler.schedule()
        break
      case 'console':
        for (const { taskId, text } of message.lines) {
          const place = taskId === undefined ? undefined : this.#places.get(taskId)
          this.#emit({ type: 'task.output', stream: message.stream, executorId, ...place, text })
        }
        break
      case 'uncached':
        for (const block of message.blocks) this.#scheduler.cache.remove(block, executorId)
        break
      case 'barrierSync':
        this.#scheduler.barrierSync(message.taskId, message)
        break
      case 'commitRequest':
        this.#app.send(executorId, { type: 'commitAnswer', taskId: message.taskId, granted: this.#scheduler.mayCommit(message.taskId) })
        break
    }
  }

  /** Cancels all that runs. */
  cancelAll(reason: string): void {
    this.#hold.release()
    for (const jobId of [...this.#jobs.keys()]) this.#scheduler.cancel(jobId, reason)
  }

  close(): void {
    clearInterval(this.#progress)
    this.#hold.close()
    this.executors.close()
  }

  #taskEnded(executorId: string, task: Extract<ExecutorToDriver, { type: 'tasksEnded' }>['tasks'][number]): void {
    for (const { rddId, partition } of task.cached) this.#scheduler.cache.add({ rddId, partition }, executorId)
    // counted before the job can end by this task, so that main finds it when the action resolves
    const accepted = this.#scheduler.accepts(task.taskId, task.end)
    if (accepted === 'held') this.#held.set(task.taskId, task.accumulators)
    else if (accepted) this.#count(task.accumulators, accepted === 'result')
    if (task.end.kind === 'Success') this.#finished++
    this.#scheduler.taskEnded(task.taskId, executorId, task.end, task.metrics, task.hotKeys)
    this.#places.ended(task.taskId)
  }

  #count(updates: AccumulatorUpdates, inAction: boolean): void {
    for (const { id, update } of updates) for (const listener of this.#accumulatorListeners) listener(id, update, inAction)
  }

  // --- what the scheduler decides

  stage(executorId: string, { stageId, stageAttempt, plan, properties, shuffles, barrier }: StageLaunch): void {
    const named = new Set(shuffles.flatMap((shuffle) => shuffle.outputs.map((output) => output.workerId)))
    this.#app.send(executorId, {
      type: 'stage',
      stageId,
      stageAttempt,
      program: plan.program as Uint8Array<ArrayBuffer>,
      blobs: [...plan.blobs],
      properties: { ...properties },
      numPartitions: plan.numPartitions,
      taskTimeout: (this.#options.taskTimeout ?? 0) / 1000,
      barrier: barrier?.map((place) => this.#taskInfo(place)),
      shuffles: shuffles.map(({ shuffleId, numMaps, outputs }) => ({ shuffleId, numMaps, outputs })),
      workers: this.#app.workers.filter((worker) => named.has(worker.workerId)),
    })
  }
  #taskInfo(executorId: string): { executorId: string; host: string; address: string } {
    const worker = this.#app.workerOf(executorId)
    return { executorId, host: worker?.host ?? '', address: worker ? `${worker.host}:${worker.port}` : '' }
  }
  barrierAnswer(executorId: string, taskIds: readonly number[], answer: BarrierAnswer): void {
    const { messages, error } = 'error' in answer ? { messages: [], error: answer.error } : { ...answer, error: undefined }
    this.#app.send(executorId, { type: 'barrierAnswer', taskIds: [...taskIds], messages: [...messages], error })
  }
  waiting(_: StageRun, reason: string): void {
    this.#emit({ type: 'app.waiting', reason })
  }
  accepted(taskIds: readonly number[]): void {
    for (const taskId of taskIds) {
      this.#count(this.#held.get(taskId) ?? [], true)
      this.#held.delete(taskId)
    }
  }
  discarded(taskIds: readonly number[]): void {
    for (const taskId of taskIds) this.#held.delete(taskId)
  }
  launch(executorId: string, tasks: Parameters<SchedulerPort['launch']>[1]): void {
    for (const { taskId, stageId, partition } of tasks) this.#places.started(taskId, { stageId, partition })
    this.#app.send(executorId, { type: 'run', tasks: [...tasks] })
  }
  kill(executorId: string, taskIds: readonly number[], reason: string): void {
    this.#app.send(executorId, { type: 'kill', taskIds: [...taskIds], reason })
  }
  release(executorId: string): void {
    this.#app.killExecutor(executorId, 'it is not used any more')
  }
  dropStage(executorId: string, stageId: number): void {
    this.#app.send(executorId, { type: 'dropStage', stageId })
  }
  result(jobId: number, position: number, end: Extract<ExecutorTaskEnd, { kind: 'Success' }>, executorId: string): void {
    const job = this.#jobs.get(jobId)
    if (!job) return
    job.resultBytes += end.result?.byteLength ?? end.resultBlock?.size ?? 0
    const limit = this.#settings['spark.driver.maxResultSize']
    if (limit > 0 && job.resultBytes > limit) {
      this.#fail(
        jobId,
        new TsparkError(
          'TSPARK_RESULT_TOO_LARGE',
          `${job.request.name}: the results are larger than ${mebibytes(limit)} MiB together (spark.driver.maxResultSize), more than the driver takes: ${mebibytes(job.resultBytes)} MiB so far`,
          { hint: 'save them to files, reduce them in executors first, or raise the limit with --conf' },
        ),
      )
      this.#scheduler.cancel(jobId, 'its results are too large')
      return
    }
    const take = (bytes: Uint8Array): void => {
      try {
        const value = job.request.decode(bytes)
        job.values[position] = value
        job.request.onResult?.(position, value)
      } catch (error) {
        this.#fail(jobId, error)
      }
    }
    if (end.resultBlock === undefined) return take(end.result ?? new Uint8Array(0))
    const block = end.resultBlock
    const worker = this.#app.workerOf(executorId)
    if (!worker) return this.#fail(jobId, new TsparkError('TSPARK_CLUSTER', `the worker that held a result of ${job.request.name} is gone`))
    const read = readResult({ appId: this.#app.appId, secret: this.#app.secret }, worker, block).then(
      (bytes) => {
        this.#app.toWorker(worker.workerId, { type: 'dropResult', name: block.name })
        take(bytes)
      },
      (error) => this.#fail(jobId, error),
    )
    job.reads.add(read)
  }
  jobEnded(jobId: number, failure: JobFailure | undefined, stageIds: readonly number[]): void {
    this.#history.staged(jobId, stageIds)
    const job = this.#jobs.get(jobId)
    if (!job) return
    if (failure) {
      const { request } = job
      const error = failure.kind === 'cancelled' && request.signal?.aborted ? request.signal.reason : failureError(failure, request.name)
      return this.#fail(jobId, error)
    }
    void Promise.all(job.reads).then(() => this.#settle(jobId, true, () => job.resolve(job.values)))
  }
  stageStarted(stage: StageRun): void {
    this.#emit({ type: 'stage.started', stageId: stage.stageId, stageAttempt: stage.attempt, name: stage.plan.name, tasks: stage.total })
  }
  stageEnded(stage: StageRun, ok: boolean): void {
    this.#emit({
      type: 'stage.ended',
      stageId: stage.stageId,
      stageAttempt: stage.attempt,
      name: stage.plan.name,
      tasks: stage.done,
      failed: stage.failed,
      seconds: (performance.now() - stage.startedAt) / 1000,
      shuffleReadBytes: stage.shuffleReadBytes,
      shuffleWriteBytes: stage.shuffleWriteBytes,
      spilledBytes: stage.spilledBytes,
      skew: stage.reads.skew(),
      ok,
    })
  }
  taskFailed(stage: StageRun, task: { partition: number; attempt: number; executorId: string }, message: string, willRetry: boolean): void {
    this.#emit({ type: 'task.failed', stageId: stage.stageId, stageName: stage.plan.name, ...task, maxAttempts: this.#maxFailures, message, willRetry })
  }

  #fail(jobId: number, error: unknown): void {
    const job = this.#jobs.get(jobId)
    if (job) this.#settle(jobId, false, () => job.reject(error))
  }

  #settle(jobId: number, ok: boolean, done: () => void): void {
    const job = this.#jobs.get(jobId)
    if (!job) return
    this.#jobs.delete(jobId)
    const { signal } = job.request
    if (signal && job.onAbort) signal.removeEventListener('abort', job.onAbort)
    this.#history.ended(jobId, ok)
    this.#emit({ type: 'action.ended', actionId: jobId, ok, seconds: (performance.now() - job.startedAt) / 1000 })
    if (this.#jobs.size === 0) this.#rest()
    done()
  }

  /** Progress while anything runs, and another look at tasks that wait for their data. */
  #watch(): void {
    this.#progress ??= setInterval(() => {
      const stages = this.#scheduler.activeStages.map((stage) => ({
        stageId: stage.stageId,
        stageAttempt: stage.attempt,
        name: stage.plan.name,
        total: stage.total,
        done: stage.done,
        running: Math.min(
          stage.running.size,
          this.#scheduler.executors.reduce((sum, { cores }) => sum + cores, 0),
        ),
        failed: stage.failed,
        shuffleBytes: stage.shuffleReadBytes + stage.shuffleWriteBytes,
      }))
      if (stages.length > 0) this.#emit({ type: 'stage.progress', stages })
      this.#tellProgress()
      this.#scheduler.schedule()
    }, PROGRESS_MS)
  }

  #tellProgress(): void {
    if (this.#finished === this.#told) return
    this.#told = this.#finished
    this.#app.progress(this.#told)
  }

  #rest(): void {
    clearInterval(this.#progress)
    this.#progress = undefined
  }
}

/** F of local[N,F], else the setting, else once in local[N] and four times elsewhere. */
function maxFailures(master: MasterUrl, settings: Settings): number {
  if (master.kind === 'local' && master.maxFailures > 1) return master.maxFailures
  return settings['spark.task.maxFailures'] ?? (master.kind === 'local' ? 1 : DEFAULT_ATTEMPTS)
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20)
}

function reasonOf(reason: unknown): string {
  return reason instanceof JobCancelledError || reason instanceof Error ? reason.message : String(reason)
}
