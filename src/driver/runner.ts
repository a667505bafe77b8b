import { basename } from 'node:path'
import type { StageProgress, TsparkEvent } from '../events/event.js'
import { TsparkError } from '../events/tsparkError.js'
import type { CachedBlock } from '../plan/jobPlan.js'
import { causedByApp } from '../protocol/causedByApp.js'
import { executorAllocationOptions } from '../protocol/executorAllocationOptions.js'
import type { ExecutorTaskEnd, ExecutorToDriver } from '../protocol/executorMessages.js'
import { type Settings, settingsOf } from '../protocol/settings.js'
import type { BlockHolder, ExecutorGrant, ExitCause } from '../protocol/shapes.js'
import type { RunOptions } from '../protocol/submitMessages.js'
import { JobCancelledError } from '../rdd/errors.js'
import type { JobFilter, JobRequest, JobRunner, RunnerStatus } from '../rdd/jobRunner.js'
import type { BarrierAnswer } from '../scheduler/barrierCoordinator.js'
import type { ReplicaCopy } from '../scheduler/cacheReplicas.js'
import type { Exclusion } from '../scheduler/failureExclusion.js'
import { Scheduler } from '../scheduler/scheduler.js'
import type { JobFailure, SchedulerPort, SpeculativeCopy, StageLaunch } from '../scheduler/schedulerPort.js'
import type { StageRun } from '../scheduler/stageRun.js'
import { StorageStatus, type StoredSizes } from '../scheduler/storageStatus.js'
import { AccumulatorUpdates } from './accumulatorUpdates.js'
import type { Application } from './application.js'
import { barrierLimits } from './barrierLimits.js'
import { BlockMigrator } from './blockMigrator.js'
import { compressionOf } from './compressionOf.js'
import { confOf } from './confOf.js'
import { CopyWait } from './copyWait.js'
import { ExecutorAllocation } from './executorAllocation.js'
import { ExecutorHold } from './executorHold.js'
import { exitText } from './exitText.js'
import { failureError } from './failureError.js'
import { JobHistory } from './jobHistory.js'
import { JobResults } from './jobResults.js'
import { ListenerBus } from './listenerBus.js'
import type { LogThreshold } from './logThreshold.js'
import { maxFailures } from './maxFailures.js'
import { ProgressClock } from './progressClock.js'
import { readResult } from './resultReader.js'
import { runnerStatus } from './runnerStatus.js'
import { schedulerOptions } from './schedulerOptions.js'
import { stageCompleted, stageEnded, stageEvent } from './stageEvent.js'
import { TaskPlaces } from './taskPlaces.js'

interface Pending {
  readonly request: JobRequest
  readonly results: JobResults
  readonly startedAt: number
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
  readonly migrator: BlockMigrator
  readonly #hold: ExecutorHold
  readonly #jobs = new Map<number, Pending>()
  readonly #history = new JobHistory()
  readonly #accumulators = new AccumulatorUpdates()
  readonly #places = new TaskPlaces()
  readonly #storage = new StorageStatus()
  readonly listeners = new ListenerBus((text) => this.log('warn', text))
  readonly #copies = new CopyWait()
  #finished = 0
  #told = 0
  readonly #files = new Map<string, string>()
  #jobId = 0
  readonly #progress: ProgressClock

  constructor(
    app: Application,
    options: RunOptions,
    emit: (event: TsparkEvent) => void,
    siteOf: (stack: string) => string | undefined,
    readonly logThreshold: LogThreshold,
  ) {
    this.#app = app
    this.#options = options
    this.#emit = emit
    this.#siteOf = siteOf
    this.#settings = settingsOf(options.conf)
    this.#maxFailures = maxFailures(app.master, this.#settings)
    this.#scheduler = new Scheduler(
      this,
      schedulerOptions(this.#settings, {
        maxAttempts: this.#maxFailures,
        barrier: barrierLimits(app.master, options.resources, this.#settings),
        now: () => performance.now(),
      }),
    )
    this.#progress = new ProgressClock(
      this.#scheduler,
      (stages) => this.#tellProgress(stages),
      this.#settings['spark.speculation'] ? this.#settings['spark.speculation.interval'] : undefined,
    )
    for (const path of options.files) this.#files.set(basename(path), path)
    this.executors = new ExecutorAllocation(this.#scheduler, executorAllocationOptions(options.conf, options.resources), options.resources.numExecutors, {
      want: (total) => app.want(total),
      kill: (executorId) => app.killExecutor(executorId, 'main asked for it'),
      log: (text) => this.log('debug', text),
    })
    this.migrator = new BlockMigrator(this.#scheduler.outputs, {
      workers: () => app.workers,
      hasExecutors: (workerId) => app.hasExecutors(workerId),
      send: (workerId, message) => app.toWorker(workerId, message),
      log: (text) => this.log('info', text),
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
  get conf(): Readonly<Record<string, string>> {
    return confOf(this.#options, this.applicationId)
  }
  get settings(): Settings {
    return this.#settings
  }
  get defaultParallelism(): number {
    const { master } = this.#app
    const given = this.#settings['spark.default.parallelism']
    if (given !== undefined) return given
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
    const group = properties['spark.jobGroup.id']
    const closed = this.#history.closedBecause(group)
    if (closed !== undefined) return Promise.reject(new JobCancelledError(`${request.name} was cancelled: ${closed}`))
    for (const stage of stages) {
      for (const hash of stage.blobs) {
        if (!this.#app.blobs.has(hash)) return Promise.reject(new TsparkError('TSPARK_CONTEXT', `${request.name}: it uses a broadcast that was destroyed`))
      }
    }
    return new Promise((resolve, reject) => {
      const results = new JobResults(request, this.#settings['spark.driver.maxResultSize'])
      const pending: Pending = { request, results, startedAt: performance.now(), resolve, reject }
      this.#jobs.set(jobId, pending)
      this.#history.started(jobId, group, request.tags)
      if (signal) {
        pending.onAbort = () => this.#scheduler.cancel(jobId, reasonOf(signal.reason))
        signal.addEventListener('abort', pending.onAbort, { once: true })
      }
      this.#emit({ type: 'action.started', actionId: jobId, name: request.name, site: this.#siteOf(request.site) ?? '', stages: plan.maps.size + 1 })
      this.listeners.post('onJobStart', () => ({ jobId, name: request.name, numStages: plan.maps.size + 1, properties }))
      this.#scheduler.submit({ jobId, plan, partitions, properties })
      this.#progress.start()
    })
  }

  putBlob(bytes: Uint8Array): string {
    return this.#app.blobs.put(bytes)
  }
  dropBlob(hash: string): void {
    if (this.#app.blobs.drop(hash)) this.#app.toWorkers({ type: 'dropBlob', hash })
  }
  async dropRdd(rddId: number): Promise<void> {
    this.#scheduler.dropRdd(rddId)
    this.#storage.dropRdd(rddId)
    this.listeners.post('onUnpersistRDD', () => ({ rddId }))
    this.#copies.changed(this.#scheduler.isReplicating)
    for (const { executorId } of this.#scheduler.executors) this.#app.send(executorId, { type: 'dropRdd', rddId })
  }
  async dropShuffles(shuffleIds: readonly number[]): Promise<void> {
    for (const shuffleId of this.#scheduler.dropShuffles(shuffleIds)) this.#app.toWorkers({ type: 'dropShuffle', shuffleId })
  }
  hostsOf(blocks: readonly CachedBlock[]): string[] {
    return this.#scheduler.hostsOf(blocks)
  }
  storageOf(rddId: number): StoredSizes {
    return this.#storage.ofRdd(rddId)
  }
  onAccumulator(listener: (id: number, update: Uint8Array, inAction: boolean) => void): void {
    this.#accumulators.listen(listener)
  }
  cancelJobs(filter: JobFilter, reason: string): void {
    if (filter.future && filter.group !== undefined) this.#history.closeGroup(filter.group, reason)
    const stage = this.#scheduler.activeStages.find(({ stageId }) => stageId === filter.stageId)
    for (const jobId of [...this.#jobs.keys()]) {
      if (stage?.jobs.has(jobId) || this.#history.matches(jobId, filter)) this.#scheduler.cancel(jobId, reason)
    }
  }
  killTask(taskId: number, reason: string): boolean {
    return this.#scheduler.killTask(taskId, reason)
  }
  get fileNames(): readonly string[] {
    return [...this.#files.keys()]
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
    return runnerStatus([...this.#jobs.keys()], this.#scheduler, this.#history, this.#storage)
  }

  // --- what happens on the cluster

  executorReady({ executorId, worker, cores, memory }: ExecutorGrant, storageMemory: number): void {
    this.#storage.executorAdded(executorId, storageMemory)
    this.listeners.post('onExecutorAdded', () => ({ executorId, host: worker.host, cores, memory }))
    this.#scheduler.executorAdded({ executorId, workerId: worker.workerId, host: worker.host, cores, memory })
    this.#hold.executors(this.#scheduler.executors.length)
    this.migrator.advance()
  }
  executorLost(executorId: string, cause: ExitCause): void {
    const reason = exitText(executorId, cause)
    this.#storage.executorLost(executorId)
    this.listeners.post('onExecutorRemoved', () => ({ executorId, reason }))
    this.#scheduler.executorLost(executorId, reason, causedByApp(cause))
    this.#copies.changed(this.#scheduler.isReplicating)
    this.#hold.executors(this.#scheduler.executors.length)
    this.migrator.advance()
  }
  workerDraining(workerId: string): void {
    this.log('info', `worker ${workerId} is stopping: its running tasks end, it gets no more`)
    this.#scheduler.drain(workerId)
    this.migrator.draining(workerId)
  }
  workerLost(workerId: string): void {
    this.migrator.workerLost(workerId)
    this.#scheduler.workerLost(workerId)
  }

  fromExecutor(executorId: string, message: ExecutorToDriver): void {
    switch (message.type) {
      case 'tasksEnded':
        for (const task of message.tasks) this.#taskEnded(executorId, task)
        this.#scheduler.schedule()
        this.migrator.advance()
        break
      case 'console':
        for (const { taskId, text } of message.lines) {
          const place = taskId === undefined ? undefined : this.#places.get(taskId)
          this.#emit({ type: 'task.output', stream: message.stream, executorId, ...place, text })
        }
        break
      case 'uncached':
        for (const block of message.blocks) {
          this.#scheduler.uncached(block, executorId)
          this.#storage.removed(executorId, block)
        }
        break
      case 'movedToDisk':
        for (const block of message.blocks) this.#storage.movedToDisk(executorId, block)
        break
      case 'replicated':
        this.#replicated(executorId, message)
        break
      case 'barrierSync':
        this.#scheduler.barrierSync(message.taskId, message)
        break
      case 'heartbeat':
        for (const [index, taskId] of message.running.entries()) this.#scheduler.progress(taskId, message.records[index] ?? 0)
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
    this.listeners.post('onApplicationEnd', () => ({ time: Date.now() }))
    this.#progress.stop()
    this.#hold.close()
    this.executors.close()
    this.migrator.close()
  }

  #taskEnded(executorId: string, task: Extract<ExecutorToDriver, { type: 'tasksEnded' }>['tasks'][number]): void {
    for (const { rddId, partition, bytes, onDisk = false, level } of task.cached) {
      if (!this.#scheduler.cached(task.taskId, executorId, { rddId, partition }, level)) continue
      this.#storage.stored(executorId, { rddId, partition }, bytes, onDisk)
    }
    // counted before the job can end by this task, so that main finds it when the action resolves
    const accepted = this.#scheduler.accepts(task.taskId, task.end)
    if (accepted === 'held') this.#accumulators.hold(task.taskId, task.accumulators)
    else if (accepted) this.#accumulators.count(task.accumulators, accepted === 'result')
    if (task.end.kind === 'Success') this.#finished++
    const place = this.#places.get(task.taskId)
    if (place) this.listeners.post('onTaskEnd', () => ({ taskId: task.taskId, ...place, executorId, reason: task.end.kind, metrics: task.metrics }))
    this.#scheduler.taskEnded(task.taskId, executorId, task.end, task.metrics, task.hotKeys)
    this.#places.ended(task.taskId)
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
      compression: compressionOf(this.#settings, this.#app.workers),
      maxSizeInFlight: this.#settings['spark.reducer.maxSizeInFlight'],
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
  replicate({ rddId, partition, level, from, to }: ReplicaCopy): void {
    const [holder] = this.#holdersOf([from])
    const { useDisk, useMemory, deserialized, replication } = level
    if (holder) this.#app.send(to, { type: 'replicate', rddId, partition, level: { useDisk, useMemory, deserialized, replication }, from: holder })
  }
  #replicated(executorId: string, { rddId, partition, stored }: Extract<ExecutorToDriver, { type: 'replicated' }>): void {
    const more = this.#scheduler.copied({ rddId, partition }, executorId, stored !== undefined)
    if (stored && more) this.#storage.stored(executorId, { rddId, partition }, stored.bytes, stored.onDisk)
    this.#copies.changed(this.#scheduler.isReplicating)
  }
  #holdersOf(executorIds: readonly string[]): BlockHolder[] {
    return executorIds.flatMap((executorId) => {
      const worker = this.#app.workerOf(executorId)
      return worker ? [{ executorId, host: worker.host, port: worker.port }] : []
    })
  }
  waiting(_: StageRun, reason: string): void {
    this.#emit({ type: 'app.waiting', reason })
  }
  accepted(taskIds: readonly number[]): void {
    this.#accumulators.accept(taskIds)
  }
  discarded(taskIds: readonly number[]): void {
    this.#accumulators.discard(taskIds)
  }
  launch(executorId: string, tasks: Parameters<SchedulerPort['launch']>[1]): void {
    for (const { taskId, stageId, partition, attempt } of tasks) {
      this.#places.started(taskId, { stageId, partition })
      this.listeners.post('onTaskStart', () => ({ taskId, stageId, partition, attempt, executorId }))
    }
    const named = new Set(tasks.flatMap(({ cached }) => cached?.flatMap(({ holders }) => holders) ?? []))
    this.#app.send(executorId, { type: 'run', tasks: [...tasks], ...(named.size === 0 ? {} : { holders: this.#holdersOf([...named]) }) })
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
    const fetch = async (block: { name: string; size: number }): Promise<Uint8Array> => {
      const worker = this.#app.workerOf(executorId)
      if (!worker) throw new TsparkError('TSPARK_CLUSTER', `the worker that held a result of ${job?.request.name} is gone`)
      const bytes = await readResult({ appId: this.#app.appId, secret: this.#app.secret }, worker, block)
      this.#app.toWorker(worker.workerId, { type: 'dropResult', name: block.name })
      return bytes
    }
    job?.results.take(position, end, fetch, (error) => {
      this.#fail(jobId, error)
      this.#scheduler.cancel(jobId, 'its results cannot be used')
    })
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
    const complete = Promise.all([job.results.complete(), this.#copies.settled(this.#scheduler.isReplicating)])
    void complete.then(() => this.#settle(jobId, true, () => job.resolve(job.results.values)))
  }
  excluded({ ms, ...exclusion }: Exclusion): void {
    this.#emit({ type: 'executor.excluded', ...exclusion, ...(ms === undefined ? {} : { seconds: ms / 1000 }) })
  }
  speculated(stage: StageRun, { ms, ...copy }: SpeculativeCopy): void {
    this.#emit({ type: 'task.speculated', stageId: stage.stageId, stageName: stage.plan.name, ...copy, seconds: ms / 1000 })
  }
  stageStarted(stage: StageRun): void {
    this.listeners.post('onStageSubmitted', () => stageEvent(stage))
    this.#emit({ type: 'stage.started', stageId: stage.stageId, stageAttempt: stage.attempt, name: stage.plan.name, tasks: stage.total })
  }
  stageEnded(stage: StageRun, ok: boolean): void {
    const event = stageEnded(stage, ok)
    this.listeners.post('onStageCompleted', () => stageCompleted(stage, event))
    this.#emit(event)
  }
  taskFailed(stage: StageRun, task: { partition: number; attempt: number; executorId: string }, message: string, willRetry: boolean): void {
    this.#emit({ type: 'task.failed', stageId: stage.stageId, stageName: stage.plan.name, ...task, maxAttempts: this.#maxFailures, message, willRetry })
  }

  #fail(jobId: number, error: unknown): void {
    const job = this.#jobs.get(jobId)
    if (job) this.#settle(jobId, false, () => job.reject(error), error)
  }

  #settle(jobId: number, ok: boolean, done: () => void, error?: unknown): void {
    const job = this.#jobs.get(jobId)
    if (!job) return
    this.#jobs.delete(jobId)
    const { signal } = job.request
    if (signal && job.onAbort) signal.removeEventListener('abort', job.onAbort)
    this.#history.ended(jobId, ok)
    this.listeners.post('onJobEnd', () => ({ jobId, succeeded: ok, ...(ok ? {} : { error }) }))
    this.#emit({ type: 'action.ended', actionId: jobId, ok, seconds: (performance.now() - job.startedAt) / 1000 })
    if (this.#jobs.size === 0) this.#progress.stop()
    done()
  }

  #tellProgress(stages: StageProgress[]): void {
    if (stages.length > 0) this.#emit({ type: 'stage.progress', stages })
    if (this.#finished === this.#told) return
    this.#told = this.#finished
    this.#app.progress(this.#told)
  }
}

function reasonOf(reason: unknown): string {
  return reason instanceof JobCancelledError || reason instanceof Error ? reason.message : String(reason)
}
