import { formatAddress } from '../protocol/address.js'
import { decodeMessage, encodeMessage } from '../protocol/codec.js'
import { connect } from '../protocol/connect.js'
import type { Connection } from '../protocol/connection.js'
import type { ExitCause, WorkerInfo } from '../protocol/shapes.js'
import { type DriverToWorker, workerToDriver } from '../protocol/workerMessages.js'
import type { BlobStore } from './blobStore.js'

const CONNECT_MS = 10_000
const CHUNK = 4 << 20

export interface WorkerEvents {
  fromExecutor(executorId: string, data: Uint8Array): void
  executorEnded(executorId: string, cause: ExitCause): void
  executorOutput(executorId: string, stream: 'stdout' | 'stderr', text: string): void
  draining(workerId: string): void
  lost(workerId: string, reason: string): void
}

/** The driver's connection to one worker: the way to all its executors, and to the blobs they need. */
export class WorkerLink {
  readonly #connection: Promise<Connection>
  #open: Connection | undefined
  #closed = false

  constructor(
    readonly worker: WorkerInfo,
    app: { appId: string; secret: string },
    readonly blobs: BlobStore,
    readonly events: WorkerEvents,
  ) {
    const url = formatAddress(worker.host, worker.port)
    this.#connection = connect(url, { role: 'driver', token: app.secret, app: app.appId, timeoutMs: CONNECT_MS })
    this.#connection.then(
      (connection) => {
        this.#open = connection
        connection.onMessage((frame) => this.#receive(frame))
        connection.onClose((reason) => this.#lost(reason))
        this.send({ type: 'attach', appId: app.appId })
      },
      (error: Error) => this.#lost(error.message),
    )
  }

  /** Sends at once, or when the connection stands. */
  send(message: DriverToWorker): void {
    const frame = encodeMessage(message)
    if (this.#open) this.#open.send(frame)
    else void this.#connection.then((connection) => connection.send(frame)).catch(() => {})
  }

  close(): void {
    this.#closed = true
    void this.#connection.then((connection) => connection.close()).catch(() => {})
  }

  #lost(reason: string): void {
    if (!this.#closed) this.events.lost(this.worker.workerId, reason)
    this.#closed = true
  }

  #receive(frame: Uint8Array): void {
    const message = decodeMessage(workerToDriver, frame)
    switch (message.type) {
      case 'attached':
        break
      case 'draining':
        this.events.draining(this.worker.workerId)
        break
      case 'fromExecutor':
        this.events.fromExecutor(message.executorId, message.data)
        break
      case 'executorEnded':
        this.events.executorEnded(message.executorId, message.cause)
        break
      case 'executorOutput':
        this.events.executorOutput(message.executorId, message.stream, message.text)
        break
      case 'needBlob':
        this.#giveBlob(message.hash)
        break
    }
  }

  #giveBlob(hash: string): void {
    const bytes = this.blobs.get(hash)
    if (!bytes) return this.send({ type: 'blobMissing', hash })
    const size = bytes.byteLength
    let offset = 0
    do {
      const data = bytes.subarray(offset, offset + CHUNK) as Uint8Array<ArrayBuffer>
      this.send({ type: 'blobChunk', hash, size, offset, data })
      offset += CHUNK
    } while (offset < size)
  }
}
