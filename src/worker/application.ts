import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { encodeMessage } from '../protocol/codec.js'
import type { Connection } from '../protocol/connection.js'
import type { ExitCause, WorkerInfo } from '../protocol/shapes.js'
import type { DriverToWorker, ExecutorToWorker, WorkerToDriver } from '../protocol/workerMessages.js'
import { LocalDirs } from '../storage/localDirs.js'
import { makeAppFolders, removeAppFolders } from './appFolders.js'
import { BlobStore } from './blobStore.js'
import { ExecutorProcess } from './executorProcess.js'

export interface ApplicationOptions {
  appId: string
  /** hex */
  secret: string
  worker: WorkerInfo
  /** one a disk */
  scratchDirs: readonly [string, ...string[]]
  executorMain: string
  onExecutorEnded: (executorId: string, cause: ExitCause) => void
}

/** What a worker holds of one application: its executors, its files and the way to its driver. */
export class Application {
  readonly appId: string
  readonly secret: string
  readonly dirs: LocalDirs
  readonly executors = new Map<string, ExecutorProcess>()
  readonly #options: ApplicationOptions
  readonly #blobs: BlobStore
  #driver: Connection | undefined
  /** for a driver that is not there yet, or not there again */
  #outbox: Uint8Array[] = []
  #driverGoneSince = performance.now()

  constructor(options: ApplicationOptions) {
    this.#options = options
    this.appId = options.appId
    this.secret = options.secret
    this.dirs = new LocalDirs(makeAppFolders(options.scratchDirs, options.appId))
    this.#blobs = new BlobStore(this.dirs, (hash) => {
      // Without a driver the request waits in the blob store, which asks for all that is missing on attach.
      if (this.#driver) this.#tell({ type: 'needBlob', hash })
    })
  }

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
      onMessage: (message) => this.#fromExecutor(executorId, message),
      onOutput: (stream, text) => this.#tell({ type: 'executorOutput', executorId, stream, text }),
      onEnd: (cause) => {
        this.executors.delete(executorId)
        this.#tell({ type: 'executorEnded', executorId, cause })
        this.#options.onExecutorEnded(executorId, cause)
      },
    })
    this.executors.set(executorId, executor)
  }

  /** The driver's connection: all that waited for it goes out first. */
  attach(connection: Connection): void {
    const before = this.#driver
    this.#driver = connection
    before?.close('its driver attached again')
    connection.send(encodeMessage({ type: 'attached', workerId: this.#options.worker.workerId } satisfies WorkerToDriver))
    for (const frame of this.#outbox.splice(0)) connection.send(frame)
    this.#blobs.requestMissing()
    connection.onClose(() => {
      if (this.#driver !== connection) return
      this.#driver = undefined
      this.#driverGoneSince = performance.now()
    })
  }

  /** Lets the driver know that the worker is about to stop. */
  drain(): void {
    this.#tell({ type: 'draining' })
  }

  fromDriver(message: Exclude<DriverToWorker, { type: 'attach' }>): void {
    switch (message.type) {
      case 'toExecutor':
        this.executors.get(message.executorId)?.send({ type: 'fromDriver', data: message.data })
        return
      case 'blobChunk':
        this.#blobs.chunk(message.hash, message.size, message.offset, message.data)
        return
      case 'blobMissing':
        this.#blobs.missing(message.hash)
        return
      case 'killExecutor':
        void this.executors.get(message.executorId)?.stop()
        return
      case 'dropBlob':
        this.#blobs.drop(message.hash)
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
    await Promise.all([...this.executors.values()].map((executor) => executor.stop()))
    removeAppFolders(this.#options.scratchDirs, this.appId)
    this.#driver?.close(reason)
  }

  #fromExecutor(executorId: string, message: Exclude<ExecutorToWorker, { type: 'ownSignal' }>): void {
    if (message.type === 'diskFailed') this.#diskFailed(executorId, message.disk)
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
    const frame = encodeMessage(message)
    if (this.#driver) this.#driver.send(frame)
    else this.#outbox.push(frame)
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
