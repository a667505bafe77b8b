import { TsparkError } from '../events/tsparkError.js'
import { formatAddress } from '../protocol/address.js'
import { Channel } from '../protocol/channel.js'
import { decodeMessage, encodeMessage } from '../protocol/codec.js'
import { connect } from '../protocol/connect.js'
import type { Connection } from '../protocol/connection.js'
import { keepTrying } from '../protocol/keepTrying.js'
import type { ExitCause, WorkerInfo } from '../protocol/shapes.js'
import { type DriverToWorker, type MapOutputId, workerToDriver } from '../protocol/workerMessages.js'
import type { BlobStore } from './blobStore.js'

/** A worker that cannot be reached for so long is lost. */
const RECONNECT_MS = 15_000
const CHUNK = 4 << 20

export interface WorkerEvents {
  fromExecutor(executorId: string, data: Uint8Array): void
  executorEnded(executorId: string, cause: ExitCause): void
  executorOutput(executorId: string, stream: 'stdout' | 'stderr', text: string): void
  draining(workerId: string): void
  mapOutputCopied(workerId: string, from: string, output: MapOutputId, error: string | undefined): void
  lost(workerId: string, reason: string): void
}

/** The driver's way to one worker, its executors and the blobs they need; a connection that breaks is made anew, and nothing said is missed. */
export class WorkerLink {
  readonly #channel = new Channel()
  /** the connection over which the worker has answered */
  #open: Connection | undefined
  #dialled: Connection | undefined
  #closed = false

  constructor(
    readonly worker: WorkerInfo,
    readonly app: { appId: string; secret: string },
    readonly blobs: BlobStore,
    readonly events: WorkerEvents,
  ) {
    this.#dial()
  }

  /** Sends at once, or when the connection stands. */
  send(message: DriverToWorker): void {
    const frame = this.#channel.send(encodeMessage(message))
    this.#open?.send(frame)
  }

  close(): void {
    this.#closed = true
    this.#dialled?.close()
  }

  #dial(): void {
    const { appId, secret } = this.app
    const url = formatAddress(this.worker.host, this.worker.port)
    const attempt = (timeoutMs: number) => connect(url, { role: 'driver', token: secret, app: appId, timeoutMs }).catch(nobodyThere)
    keepTrying(RECONNECT_MS, attempt).then(
      (connection) => this.#connected(connection),
      (error: Error) => this.#lost(error.message),
    )
  }

  #connected(connection: Connection): void {
    if (this.#closed) return connection.close()
    this.#dialled = connection
    connection.onMessage((frame) => {
      try {
        if (this.#open === connection) this.#received(connection, frame)
        else this.#attached(connection, frame)
      } catch (error) {
        connection.close((error as Error).message)
        this.#lost((error as Error).message)
      }
    })
    connection.onClose((reason) => {
      this.#open = undefined
      if (!connection.isBroken) this.#lost(reason)
      else if (!this.#closed) this.#dial()
    })
    connection.send(encodeMessage({ type: 'attach', appId: this.app.appId, received: this.#channel.received } satisfies DriverToWorker))
  }

  #attached(connection: Connection, frame: Uint8Array): void {
    const message = decodeMessage(workerToDriver, frame)
    if (message.type !== 'attached') throw new TsparkError('TSPARK_PROTOCOL', 'a worker spoke before it was attached to')
    const missing = this.#channel.resume(message.received)
    this.#open = connection
    for (const each of missing) connection.send(each)
  }

  #received(connection: Connection, frame: Uint8Array): void {
    const message = this.#channel.receive(frame)
    if (message) this.#receive(message)
    const acknowledgement = this.#channel.acknowledgement()
    if (acknowledgement) connection.send(acknowledgement)
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
      case 'mapOutputCopied':
        this.events.mapOutputCopied(this.worker.workerId, message.from, message.output, message.error)
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

/** Where nothing listens any more the worker's process has ended: no other try will find it. */
function nobodyThere(error: unknown): never {
  const refused = TsparkError.is(error) && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED'
  throw refused ? new Error(error.message) : error
}
