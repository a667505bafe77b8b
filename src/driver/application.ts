import { totalmem, userInfo } from 'node:os'
import { basename } from 'node:path'
import { type LocalCluster, startLocalCluster } from '../cluster/localCluster.js'
import { type MasterUrl, parseMasterUrl } from '../cluster/masterUrl.js'
import type { TsparkEvent } from '../events/event.js'
import { TsparkError } from '../events/tsparkError.js'
import { causedByApp } from '../protocol/causedByApp.js'
import { openMessage, sealMessage } from '../protocol/codec.js'
import { type DriverToExecutor, type ExecutorToDriver, executorToDriver, type ShippedFile } from '../protocol/executorMessages.js'
import type { MasterToDriver } from '../protocol/masterMessages.js'
import type { ExecutorGrant, ExitCause, ResourceRequest, WorkerInfo } from '../protocol/shapes.js'
import type { Artifact, RunOptions } from '../protocol/submitMessages.js'
import type { MapOutputId } from '../protocol/workerMessages.js'
import type { ArchiveKind } from '../sources/archive.js'
import { BlobStore } from './blobStore.js'
import { ClusterClient } from './clusterClient.js'
import { WorkerLink } from './workerLink.js'

const UNREACHABLE_MS = 15_000
/** Executors that end while they load the job, in a row: it cannot be loaded. */
const MOST_FAILED_STARTS = 4

export interface ApplicationEvents {
  executorReady(grant: ExecutorGrant, has: { storageMemory: number; zstd: boolean }): void
  executorLost(executorId: string, cause: ExitCause): void
  workerDraining(workerId: string): void
  /** a worker has taken over a map output of one that is about to stop, or could not */
  mapOutputCopied(workerId: string, from: string, output: MapOutputId, error: string | undefined): void
  workerLost(workerId: string, reason: string): void
  fromExecutor(executorId: string, message: ExecutorToDriver): void
  event(event: TsparkEvent): void
  /** the run cannot go on */
  failed(error: unknown): void
}

interface Executor {
  readonly grant: ExecutorGrant
  ready: boolean
}

/** The application on its cluster, embedded or not: executors come, load the job, and go. */
export class Application {
  readonly blobs = new BlobStore()
  readonly master: MasterUrl
  readonly #options: RunOptions
  readonly #events: ApplicationEvents
  readonly #links = new Map<string, WorkerLink>()
  readonly #executors = new Map<string, Executor>()
  /** workers that are about to stop */
  readonly #draining = new Set<string>()
  readonly #files: ShippedFile[] = []
  #client: ClusterClient | undefined
  #local: LocalCluster | undefined
  #artifact: Artifact | undefined
  #failedStarts = 0
  #queueTimer: NodeJS.Timeout | undefined
  #waitingFor = ''
  #wanted: number | undefined
  #closed = false

  constructor(options: RunOptions, events: ApplicationEvents) {
    this.#options = options
    this.#events = events
    this.master = parseMasterUrl(options.master)
  }

  get appId(): string {
    return this.#client?.appId ?? ''
  }

  get secret(): string {
    return this.#client?.secret ?? ''
  }

  get workers(): readonly WorkerInfo[] {
    return [...this.#links.values()].map((link) => link.worker)
  }

  /** Starts or finds the cluster and registers; executors begin to start while the job is still being built. */
  async start(): Promise<void> {
    const { master } = this
    const options = this.#options
    let url = options.master
    let token = options.token ?? ''
    let { resources } = options
    if (master.kind !== 'tspark') {
      const shape = localShape(master, resources)
      resources = shape.resources
      this.#local = await startLocalCluster({
        ...shape.workers,
        localDirs: options.localDirs,
        log: (line) => this.#events.event({ type: 'log', level: 'debug', text: line }),
      })
      url = this.#local.masterUrl
      token = this.#local.token
    } else url = master.url
    this.#startQueueTimer()
    this.#client = new ClusterClient(
      url,
      token,
      { name: options.name, resources: { ...resources, wantedExecutors: this.#wanted }, user: userName() },
      {
        message: (message) => this.#fromMaster(message),
        masterLost: (reason) =>
          this.#events.event({
            type: 'log',
            level: 'warn',
            text: `the connection to the master is lost (${reason}); the run goes on with the executors it has`,
          }),
        masterBack: () => this.#events.event({ type: 'log', level: 'info', text: 'the master is back' }),
      },
    )
    await this.#client.start(UNREACHABLE_MS)
    this.#events.event({ type: 'app.started', appId: this.appId, name: options.name, master: options.master })
  }

  /** The job is built: executors load it. */
  provide(artifact: Artifact): void {
    this.#artifact = artifact
    this.blobs.putFile(artifact.bundlePath, artifact.hash)
    for (const path of this.#options.files) this.ship({ name: basename(path), path })
    for (const executorId of this.#executors.keys()) this.#setUp(executorId)
  }

  /** Ships one more file or archive; executors that have loaded already hear of it too. */
  ship({ name, path, kind }: { name: string; path: string; kind?: ArchiveKind }): void {
    const file: ShippedFile = { name, hash: this.blobs.putFile(path), archive: kind }
    this.#files.push(file)
    if (this.#artifact) for (const executorId of this.#executors.keys()) this.send(executorId, { type: 'addFile', ...file })
  }

  send(executorId: string, message: DriverToExecutor): void {
    const executor = this.#executors.get(executorId)
    if (executor) this.#links.get(executor.grant.worker.workerId)?.send({ type: 'toExecutor', executorId, data: sealMessage(message) })
  }

  toWorkers(message: Parameters<WorkerLink['send']>[0]): void {
    for (const link of this.#links.values()) link.send(message)
  }

  toWorker(workerId: string, message: Parameters<WorkerLink['send']>[0]): void {
    this.#links.get(workerId)?.send(message)
  }

  /** How many executors the application wants from now on; without a word all it can get, or --num-executors. */
  want(total: number): void {
    const before = this.#wanted
    this.#wanted = total
    this.#client?.want(total)
    if (total === 0) clearTimeout(this.#queueTimer)
    else if (before === 0 && this.#executors.size === 0) this.#startQueueTimer()
  }

  /** Tells the master that work gets done: an application whose executors only die is given up. */
  progress(tasksFinished: number): void {
    this.#client?.send({ type: 'appProgress', appId: this.appId, tasksFinished })
  }

  hasExecutors(workerId: string): boolean {
    return [...this.#executors.values()].some(({ grant }) => grant.worker.workerId === workerId)
  }

  killExecutor(executorId: string, reason: string): void {
    const worker = this.workerOf(executorId)
    if (worker) this.toWorker(worker.workerId, { type: 'killExecutor', executorId, reason })
  }

  workerOf(executorId: string): WorkerInfo | undefined {
    return this.#executors.get(executorId)?.grant.worker
  }

  grant(executorId: string): ExecutorGrant | undefined {
    return this.#executors.get(executorId)?.grant
  }

  /** Ends the application everywhere. */
  async stop(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#queueTimer)
    this.#client?.close()
    for (const link of this.#links.values()) {
      link.send({ type: 'appOver' })
      link.close()
    }
    await this.#local?.stop()
  }

  /** No executor within --queue-timeout ends the run; the clock runs whenever there is none. */
  #startQueueTimer(): void {
    const { queueTimeout } = this.#options
    clearTimeout(this.#queueTimer)
    if (queueTimeout === undefined || this.#wanted === 0) return
    this.#queueTimer = setTimeout(() => {
      const why = this.#waitingFor ? `: ${this.#waitingFor}` : ''
      this.#events.failed(new TsparkError('TSPARK_QUEUE_TIMEOUT', `no executors within ${queueTimeout / 1000} s (--queue-timeout)${why}`))
    }, queueTimeout)
  }

  #fromMaster(message: Exclude<MasterToDriver, { type: 'appRegistered' }>): void {
    if (this.#closed) return
    switch (message.type) {
      case 'executorGranted':
        this.#granted(message.grant)
        break
      case 'executorEnded':
        this.#ended(message.executorId, message.cause)
        break
      case 'workerLost':
        this.#workerLost(message.workerId, message.reason)
        break
      case 'waiting':
        this.#waitingFor = message.reason
        if (message.reason) this.#events.event({ type: 'app.waiting', reason: message.reason })
        break
      case 'appFailed':
        this.#events.failed(new TsparkError(message.code as never, message.message))
        break
    }
  }

  #granted(grant: ExecutorGrant): void {
    if (this.#executors.has(grant.executorId)) return
    const { worker } = grant
    if (!this.#links.has(worker.workerId)) {
      this.#links.set(
        worker.workerId,
        new WorkerLink(worker, { appId: this.appId, secret: this.secret }, this.blobs, {
          fromExecutor: (executorId, data) => this.#fromExecutor(executorId, data),
          executorEnded: (executorId, cause) => this.#ended(executorId, cause),
          executorOutput: (executorId, stream, text) => this.#output(executorId, stream, text),
          draining: (workerId) => {
            this.#draining.add(workerId)
            this.#events.workerDraining(workerId)
          },
          mapOutputCopied: (...copy) => this.#events.mapOutputCopied(...copy),
          lost: (workerId, reason) => this.#workerLost(workerId, reason),
        }),
      )
    }
    this.#executors.set(grant.executorId, { grant, ready: false })
    if (this.#artifact) this.#setUp(grant.executorId)
  }

  #setUp(executorId: string): void {
    const artifact = this.#artifact!
    const { args, jobFile } = this.#options
    this.send(executorId, {
      type: 'setup',
      artifact: artifact.hash,
      argv: [process.argv[0]!, jobFile, ...args],
      cwd: process.cwd(),
      externals: artifact.externals,
      files: this.#files,
    })
  }

  #fromExecutor(executorId: string, data: Uint8Array): void {
    const executor = this.#executors.get(executorId)
    if (!executor || this.#closed) return
    try {
      const message = openMessage(executorToDriver, data)
      if (message.type !== 'ready') this.#events.fromExecutor(executorId, message)
      else if (executor.ready) throw new TsparkError('TSPARK_PROTOCOL', 'it said twice that it is ready')
      else this.#ready(executor, message)
    } catch (error) {
      this.notUnderstood(executorId, error)
    }
  }

  /** Ends an executor for what it said: it may have been the end of a task, so what ran there runs elsewhere. */
  notUnderstood(executorId: string, error: unknown): void {
    this.killExecutor(executorId, 'it cannot be understood')
    this.#ended(executorId, { kind: 'exit', guess: `what it said is not understood: ${(error as Error).message}` })
  }

  #ready(executor: Executor, message: Extract<ExecutorToDriver, { type: 'ready' }>): void {
    const { grant } = executor
    const { executorId } = grant
    if (message.error) {
      const { error } = message
      this.#events.failed(
        Object.assign(new Error(`the job cannot be loaded on executor ${executorId}: ${error.message}`), {
          name: error.name,
          stack: error.stack,
          code: error.code,
          onExecutor: executorId,
        }),
      )
      return
    }
    executor.ready = true
    this.#failedStarts = 0
    clearTimeout(this.#queueTimer)
    this.#events.event({
      type: 'executor.added',
      executorId,
      workerId: grant.worker.workerId,
      host: grant.worker.host,
      cores: grant.cores,
      memory: grant.memory,
    })
    this.#events.executorReady(grant, message)
  }

  #ended(executorId: string, cause: ExitCause): void {
    const executor = this.#executors.get(executorId)
    if (!executor || this.#closed) return
    this.#executors.delete(executorId)
    const planned = cause.kind === 'killed' || (cause.kind === 'lost' && this.#draining.has(executor.grant.worker.workerId))
    this.#events.event({ type: 'executor.removed', executorId, cause, planned })
    this.#events.executorLost(executorId, cause)
    if (!executor.ready && causedByApp(cause) && ++this.#failedStarts >= MOST_FAILED_STARTS) {
      const how = cause.guess ?? (cause.signal ? `killed by ${cause.signal}` : `exit code ${cause.exitCode ?? 'unknown'}`)
      this.#events.failed(new TsparkError('TSPARK_EXECUTORS_LOST', `${this.#failedStarts} executors in a row ended while they loaded the job: ${how}`))
    }
    if (this.#executors.size === 0) this.#startQueueTimer()
  }

  #workerLost(workerId: string, reason: string): void {
    const link = this.#links.get(workerId)
    if (!link || this.#closed) return
    link.close()
    this.#links.delete(workerId)
    for (const [executorId, { grant }] of this.#executors) {
      if (grant.worker.workerId === workerId) this.#ended(executorId, { kind: 'lost', guess: `its worker is gone: ${reason}` })
    }
    this.#draining.delete(workerId)
    this.#events.workerLost(workerId, reason)
    if (this.#executors.size === 0) this.#events.event({ type: 'app.waiting', reason: 'all executors are lost; waiting for workers' })
  }

  #output(executorId: string, stream: 'stdout' | 'stderr', text: string): void {
    for (const line of text.replace(/\n$/, '').split('\n')) this.#events.event({ type: 'task.output', stream, executorId, text: line })
  }
}

/** What an embedded cluster is made of, and what is asked of it. */
function localShape(
  master: Exclude<MasterUrl, { kind: 'tspark' }>,
  asked: ResourceRequest,
): { workers: { workers: number; cores: number; memory: number }; resources: ResourceRequest } {
  if (master.kind === 'local-cluster') {
    return { workers: { workers: master.workers, cores: master.cores, memory: master.memory }, resources: asked }
  }
  const { threads } = master
  const executorCores = Math.min(asked.executorCores ?? threads, threads)
  const executors = Math.max(1, Math.floor(threads / executorCores))
  const executorMemory = asked.executorMemory ?? Math.floor(totalmem() / 2 / executors)
  return { workers: { workers: 1, cores: threads, memory: executorMemory * executors }, resources: { ...asked, executorCores, executorMemory } }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}
