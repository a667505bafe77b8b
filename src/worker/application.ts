import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { TsparkError } from '../events/tsparkError.js'
import { Channel } from '../protocol/channel.js'
import { decodeMessage, encodeMessage } from '../protocol/codec.js'
import type { Connection } from '../protocol/connection.js'
import type { ExitCause, WorkerInfo } from '../protocol/shapes.js'
import { type DriverToWorker, driverToWorker, type ExecutorToWorker, type MapOutputId, type WorkerToDriver } from '../protocol/workerMessages.js'
import { LocalDirs } from '../storage/localDirs.js'
import { makeAppFolders, removeAppFolders } from './appFolders.js'
import { BlobStore } from './blobStore.js'
import { CachedBlocks } from './cachedBlocks.js'
import { copyMapOutput } from './copyMapOutput.js'
import { executorFlags } from './executorFlags.js'
import { ExecutorProcess } from './executorProcess.js'

const COPIES_AT_ONCE = 4

export interface ApplicationOptions {
  appId: string
  /** hex */
  secret: string
  worker: WorkerInfo
  /** one a disk */
  scratchDirs: readonly [string, ...string[]]
  executorMain: string
  onExecutorEnded: (executorId: string, cause: ExitCause) => void
  /** its driver has said so */
  onOver: () => void
}

/** What a worker holds of one application: its executors, its files and the way to its driver. */
export class Application {
  readonly appId: string
  readonly secret: string
  readonly dirs: LocalDirs
  readonly executors = new Map<string, ExecutorProcess>()
  readonly #options: ApplicationOptions
  readonly #blobs: BlobStore
  readonly cachedBlocks: CachedBlocks
  #driver: Connection | undefined
  /** what is said to a driver that is not there yet, or not there again, waits in it */
  readonly #channel = new Channel()
  #driverGoneSince = performance.now()
  /** somebody waits for the driver to let this worker go */
  #drained: (() => void) | undefined
  #draining: Promise<void> | undefined

  constructor(options: ApplicationOptions) {
    this.#options = options
    this.appId = options.appId
    this.secret = options.secret
    this.dirs = new LocalDirs(makeAppFolders(options.scratchDirs, options.appId))
    this.cachedBlocks = new CachedBlocks(this.dirs, (executorId, message) => {
      const executor = this.executors.get(executorId)
      executor?.send(message)
      return executor !== undefined
    })
    this.#blobs = new BlobStore(this.dirs, (hash) => this.#tell({ type: 'needBlob', hash }))
  }

  /** the master did not know it when this worker registered last */
  unknown = false

  /** Milliseconds since its driver went away; 0 while it is connected. */
  get orphanedFor(): number {
    return this.#driver ? 0 : performance.now() - this.#driverGoneSince
  }

  launch(executorId: string, cores: number, memory: number): void {
    const { worker } = this.#options
    const executor = new ExecutorProcess({
      executorMain: this.#options.executorMain,
      init: {
        type: 'init',
        appId: this.appId,
        executorId,
        workerId: worker.workerId,
        hostId: worker.hostId,
        cores,
        memory,
        appSecret: this.secret,
        appDirs: [...this.dirs.roots],
        failedDisks: this.dirs.failed,
      },
      flags: executorFlags(worker.cores),
      onMessage: (message) => this.#fromExecutor(executorId, message),
      onOutput: (stream, text) => this.#tell({ type: 'executorOutput', executorId, stream, text }),
      onEnd: (cause) => {
        this.executors.delete(executorId)
        this.cachedBlocks.executorEnded(executorId)
        this.#tell({ type: 'executorEnded', executorId, cause })
        this.#options.onExecutorEnded(executorId, cause)
      },
    })
    this.executors.set(executorId, executor)
  }

  /** The driver's connection: what it has not received yet goes out first. */
  attach(connection: Connection, received: number): void {
    const before = this.#driver
    this.#driver = connection
    before?.close('its driver attached again')
    const missing = this.#channel.resume(received)
    connection.send(encodeMessage({ type: 'attached', workerId: this.#options.worker.workerId, received: this.#channel.received } satisfies WorkerToDriver))
    for (const frame of missing) connection.send(frame)
    connection.onClose(() => {
      if (this.#driver !== connection) return
      this.#driver = undefined
      this.#driverGoneSince = performance.now()
    })
  }

  /** Lets the driver know that the worker is about to stop; settles when it has moved elsewhere what it needs, or the application is over. */
  drain(): Promise<void> {
    this.#draining ??= new Promise((resolve) => {
      this.#drained = resolve
      this.#tell({ type: 'draining' })
    })
    return this.#draining
  }

  /** A frame of the attached driver. */
  receive(connection: Connection, frame: Uint8Array): void {
    const message = this.#channel.receive(frame)
    if (message) this.#fromDriver(decodeMessage(driverToWorker, message))
    const acknowledgement = this.#channel.acknowledgement()
    if (acknowledgement) connection.send(acknowledgement)
  }

  #fromDriver(message: DriverToWorker): void {
    switch (message.type) {
      case 'toExecutor':
        this.executors.get(message.executorId)?.send({ type: 'fromDriver', data: message.data })
        return
      case 'attach':
        throw new TsparkError('TSPARK_PROTOCOL', 'a driver attached twice over one connection')
      case 'blobChunk':
        this.#blobs.chunk(message.hash, message.size, message.offset, message.data)
        return
      case 'blobMissing':
        this.#blobs.missing(message.hash)
        return
      case 'killExecutor':
        void this.executors.get(message.executorId)?.stop()
        return
      case 'copyMapOutputs':
        void this.#copy(message.from, message.outputs)
        return
      case 'drained':
        this.#drained?.()
        return
      case 'appOver':
        this.#options.onOver()
        return
      case 'dropBlob':
        this.#blobs.drop(message.hash)
        for (const executor of this.executors.values()) executor.send({ type: 'dropBlob', hash: message.hash })
        return
      case 'dropResult':
        if (isPlainName(message.name)) rmSync(this.dirs.find('results', message.name), { force: true })
        return
      case 'dropShuffle':
        this.dirs.remove(join('shuffle', String(message.shuffleId)))
    }
  }

  /** Ends the executors, removes the files, and lets the driver know by closing its connection. */
  async end(reason: string): Promise<void> {
    this.#drained?.()
    await Promise.all([...this.executors.values()].map((executor) => executor.stop()))
    removeAppFolders(this.#options.scratchDirs, this.appId)
    this.#driver?.close(reason)
  }

  /** Several at a time, each told when it is here: what is done counts even if the rest is too late. */
  async #copy(from: { workerId: string; host: string; port: number }, outputs: readonly MapOutputId[]): Promise<void> {
    const { appId, secret, dirs } = this
    const rest = outputs.values()
    const lane = async (): Promise<void> => {
      for (const output of rest) {
        const error = await copyMapOutput({ appId, secret, dirs, host: from.host, port: from.port }, output).then(
          () => ({}),
          (cause: Error) => ({ error: cause.message }),
        )
        this.#tell({ type: 'mapOutputCopied', from: from.workerId, output, ...error })
      }
    }
    await Promise.all(Array.from({ length: COPIES_AT_ONCE }, lane))
  }

  #fromExecutor(executorId: string, message: Exclude<ExecutorToWorker, { type: 'ownSignal' }>): void {
    if (message.type === 'cachedOpened') this.cachedBlocks.opened(message)
    else if (message.type === 'diskFailed') this.#diskFailed(executorId, message.disk)
    else if (message.type === 'toDriver') {
      this.#tell({ type: 'fromExecutor', executorId, data: asPlainBytes(message.data) })
    } else if (message.type === 'getBlob') {
      const { hash } = message
      this.#blobs.get(hash, (path, error) => {
        this.executors.get(executorId)?.send({ type: 'blob', hash, ...(path === undefined ? {} : { path }), ...(error === undefined ? {} : { error }) })
      })
    }
  }

  /** What one executor has found out holds for all of them. */
  #diskFailed(executorId: string, disk: number): void {
    this.dirs.failDisk(disk)
    for (const [id, executor] of this.executors) if (id !== executorId) executor.send({ type: 'diskFailed', disk })
  }

  #tell(message: WorkerToDriver): void {
    const frame = this.#channel.send(encodeMessage(message))
    this.#driver?.send(frame)
  }
}

/** A name of a file in a folder, never a way out of it. */
export function isPlainName(name: string): boolean {
  return /^[\w-][\w.-]{0,127}$/.test(name)
}

/** What comes over a child's channel is backed by plain memory; the type does not say so. */
function asPlainBytes(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return data as Uint8Array<ArrayBuffer>
}
