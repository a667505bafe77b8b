import { basename } from 'node:path'
import { mostExecutorCores } from '../cluster/mostExecutorCores.js'
import type { StageProgress, TsparkEvent } from '../events/event.js'
import { plural } from '../events/plural.js'
import { TsparkError } from '../events/tsparkError.js'
import type { CachedBlock } from '../plan/jobPlan.js'
import { causedByApp } from '../protocol/causedByApp.js'
import { executorAllocationOptions } from '../protocol/executorAllocationOptions.js'
import type { ExecutorToDriver } from '../protocol/executorMessages.js'
import { type Settings, settingsOf } from '../protocol/settings.js'
import type { ExecutorGrant, ExitCause } from '../protocol/shapes.js'
import type { RunOptions } from '../protocol/submitMessages.js'
import type { JobFilter, JobRequest, JobRunner, RunnerStatus } from '../rdd/jobRunner.js'
import { Scheduler } from '../scheduler/scheduler.js'
import { StorageStatus, type StoredSizes } from '../scheduler/storageStatus.js'
import type { Archive } from '../sources/archive.js'
import { AccumulatorUpdates } from './accumulatorUpdates.js'
import type { Application } from './application.js'
import type { ApplicationParts } from './applicationParts.js'
import { barrierLimits } from './barrierLimits.js'
import { BlobCopies } from './blobCopies.js'
import { BlockMigrator } from './blockMigrator.js'
import { CodecWarning } from './codecWarning.js'
import { confOf } from './confOf.js'
import { CopyWait } from './copyWait.js'
import { DriverPort } from './driverPort.js'
import { ExecutorAllocation } from './executorAllocation.js'
import { ExecutorHold } from './executorHold.js'
import { ExecutorReports } from './executorReports.js'
import { exitText } from './exitText.js'
import { LargeResults } from './largeResults.js'
import { ListenerBus } from './listenerBus.js'
import type { LogThreshold } from './logThreshold.js'
import { maxFailures } from './maxFailures.js'
import { ProgressClock } from './progressClock.js'
import { runnerStatus } from './runnerStatus.js'
import { RunningJobs } from './runningJobs.js'
import { schedulerOptions } from './schedulerOptions.js'
import { ShippedFiles } from './shippedFiles.js'
import { TaskPlaces } from './taskPlaces.js'

/** The RDD API's way to run jobs: puts the scheduler and what is around it together, and tells it who comes and goes. */
export class Runner implements JobRunner {
  readonly listeners = new ListenerBus((text) => this.log('warn', text))
  readonly executors: ExecutorAllocation
  readonly migrator: BlockMigrator
  readonly #app: Application
  readonly #options: RunOptions
  readonly #settings: Settings
  readonly #mostCores: number
  readonly #emit: (event: TsparkEvent) => void
  readonly #siteOf: (stack: string) => string | undefined
  readonly #scheduler: Scheduler
  readonly #jobs: RunningJobs
  readonly #reports: ExecutorReports
  readonly #hold: ExecutorHold
  readonly #codecWarning: CodecWarning
  readonly #progress: ProgressClock
  readonly #accumulators = new AccumulatorUpdates()
  readonly #storage = new StorageStatus()
  readonly #copies = new CopyWait(() => this.#scheduler.isReplicating)
  readonly #blobCopies = new BlobCopies(
    (hash) => this.#scheduler.activeStages.some(({ plan }) => plan.blobs.includes(hash)),
    (hash) => this.#app.toWorkers({ type: 'dropBlob', hash }),
  )
  readonly #actions = new Set<{ readonly label: string }>()
  readonly #files: ShippedFiles
  #told = 0

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
    const settings = settingsOf(options.conf)
    this.#settings = settings
    this.#files = new ShippedFiles(options)
    this.#jobs = new RunningJobs(settings['spark.driver.maxResultSize'], this.listeners, {
      submit: (jobId, { plan, partitions, properties }) => {
        this.#scheduler.submit({ jobId, plan, partitions, properties })
        this.#progress.start()
      },
      cancel: (jobId, reason) => this.#scheduler.cancel(jobId, reason),
      emit,
      siteOf,
      idle: () => this.#progress.stop(),
    })
    this.#mostCores = mostExecutorCores(app.master, options.resources) ?? Number.POSITIVE_INFINITY
    this.#codecWarning = new CodecWarning(settings['spark.io.compression.codec'], (text) => this.log('warn', text))
    const attempts = maxFailures(app.master, settings)
    const shared: ApplicationParts = {
      app,
      accumulators: this.#accumulators,
      places: new TaskPlaces(),
      storage: this.#storage,
      copies: this.#copies,
      listeners: this.listeners,
      emit,
    }
    const taskTimeout = (options.taskTimeout ?? 0) / 1000
    this.#scheduler = new Scheduler(
      new DriverPort({
        ...shared,
        settings,
        taskTimeout,
        maxFailures: attempts,
        jobs: this.#jobs,
        blobCopies: this.#blobCopies,
        codecWarning: this.#codecWarning,
      }),
      schedulerOptions(settings, {
        maxAttempts: attempts,
        barrier: barrierLimits(app.master, options.resources, settings),
        now: () => performance.now(),
      }),
    )
    this.migrator = new BlockMigrator(this.#scheduler.outputs, {
      workers: () => app.workers,
      hasExecutors: (workerId) => app.hasExecutors(workerId),
      send: (workerId, message) => app.toWorker(workerId, message),
      log: (text) => this.log('info', text),
    })
    this.#reports = new ExecutorReports({
      ...shared,
      scheduler: this.#scheduler,
      migrator: this.migrator,
      largeResults: new LargeResults(app, settings['spark.driver.maxResultSize']),
    })
    this.#progress = new ProgressClock(
      this.#scheduler,
      (stages) => this.#tellProgress(stages),
      settings['spark.speculation'] ? settings['spark.speculation.interval'] : undefined,
    )
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

  async action<T>(label: string, run: () => Promise<T>): Promise<T> {
    const action = { label }
    this.#actions.add(action)
    try {
      return await run()
    } finally {
      this.#actions.delete(action)
    }
  }
  /** Actions that have not ended, each once. */
  get actions(): readonly string[] {
    return [...new Set([...this.#actions].map(({ label }) => label))]
  }

  run(request: JobRequest): Promise<unknown[]> {
    const stages = [request.plan.result, ...request.plan.maps.values()]
    if (stages.some((stage) => stage.barrier) && this.#settings['spark.dynamicAllocation.enabled']) {
      const message = `${request.name}: a barrier stage needs all its slots at once, which dynamic allocation does not promise`
      return Promise.reject(new TsparkError('TSPARK_BARRIER', message, { hint: 'leave out spark.dynamicAllocation.enabled' }))
    }
    const tooWide = stages.find(({ cpus = 1 }) => cpus > this.#mostCores)
    if (tooWide) {
      const message = `${request.name}: tasks of ${tooWide.name} take ${plural(tooWide.cpus ?? 1, 'core')} each, but no executor has more than ${this.#mostCores}`
      return Promise.reject(
        new TsparkError('TSPARK_RESOURCES', message, { hint: 'ask for fewer in withResources(), or for larger executors with --executor-cores' }),
      )
    }
    if (stages.some((stage) => stage.blobs.some((hash) => !this.#app.blobs.has(hash)))) {
      return Promise.reject(new TsparkError('TSPARK_CONTEXT', `${request.name}: it uses a broadcast that was destroyed`))
    }
    if (this.executors.wantsNone) {
      this.log('warn', `${request.name} waits: main has ended all executors, or wants none; sc.requestExecutors(1) asks for one`)
    }
    return this.#jobs.run(request)
  }

  putBlob(bytes: Uint8Array): string {
    return this.#app.blobs.put(bytes)
  }
  dropBlob(hash: string): void {
    if (this.#app.blobs.drop(hash)) void this.#blobCopies.delete(hash)
  }
  unpersistBlob(hash: string): Promise<void> {
    return this.#blobCopies.delete(hash)
  }
  async dropRdd(rddId: number): Promise<void> {
    this.#scheduler.dropRdd(rddId)
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
    if (filter.future && filter.group !== undefined) this.#jobs.history.closeGroup(filter.group, reason)
    const stage = this.#scheduler.activeStages.find(({ stageId }) => stageId === filter.stageId)
    for (const jobId of this.#jobs.matching(filter, stage?.jobs)) this.#scheduler.cancel(jobId, reason)
  }
  killTask(taskId: number, reason: string): boolean {
    return this.#scheduler.killTask(taskId, reason)
  }
  get fileNames(): readonly string[] {
    return this.#files.fileNames
  }
  filePath(name: string): string | undefined {
    return this.#files.find(name)
  }
  addFile(path: string): void {
    this.#files.addFile(path)
    this.#app.ship({ name: basename(path), path })
  }
  get archiveNames(): readonly string[] {
    return this.#files.archiveNames
  }
  /** One of the command line's. */
  async unpackArchive(archive: Archive): Promise<void> {
    await this.#files.unpackArchive(archive)
    this.#app.ship(archive)
  }
  addArchive(archive: Archive): void {
    this.#files.addArchive(archive)
    this.#app.ship(archive)
  }
  log(level: 'debug' | 'info' | 'warn', text: string): void {
    this.#emit({ type: 'log', level, text })
  }
  status(): RunnerStatus {
    return runnerStatus(this.#jobs.ids, this.#scheduler, this.#jobs.history, this.#storage)
  }

  // --- what happens on the cluster

  executorReady({ executorId, worker, cores, memory }: ExecutorGrant, { storageMemory, zstd }: { storageMemory: number; zstd: boolean }): void {
    this.#codecWarning.executorReady(executorId, zstd)
    this.#storage.executorAdded(executorId, storageMemory)
    this.listeners.post('onExecutorAdded', () => ({ executorId, host: worker.host, cores, memory }))
    this.#scheduler.executorAdded({ executorId, workerId: worker.workerId, host: worker.host, hostId: worker.hostId, cores, memory })
    this.#hold.executors(this.#scheduler.executors.length)
    this.migrator.advance()
  }
  executorLost(executorId: string, cause: ExitCause): void {
    const reason = exitText(executorId, cause)
    this.#storage.executorLost(executorId)
    this.listeners.post('onExecutorRemoved', () => ({ executorId, reason }))
    this.#scheduler.executorLost(executorId, reason, causedByApp(cause))
    this.#copies.changed()
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
    this.#reports.receive(executorId, message)
  }

  /** Cancels all that runs. */
  cancelAll(reason: string): void {
    this.#hold.release()
    for (const jobId of this.#jobs.ids) this.#scheduler.cancel(jobId, reason)
  }

  close(): void {
    this.listeners.post('onApplicationEnd', () => ({ time: Date.now() }))
    this.#progress.stop()
    this.#hold.close()
    this.executors.close()
    this.migrator.close()
  }

  #tellProgress(stages: StageProgress[]): void {
    if (stages.length > 0) this.#emit({ type: 'stage.progress', stages })
    const { tasksFinished } = this.#reports
    if (tasksFinished === this.#told) return
    this.#told = tasksFinished
    this.#app.progress(tasksFinished)
  }
}
