import { Channel } from '../../../src/protocol/channel.js'
import { decodeMessage, encodeMessage } from '../../../src/protocol/codec.js'
import { connect } from '../../../src/protocol/connect.js'
import type { Connection } from '../../../src/protocol/connection.js'
import { type DriverToMaster, type MasterToDriver, masterToDriver } from '../../../src/protocol/masterMessages.js'
import type { ExecutorGrant, ResourceRequest } from '../../../src/protocol/shapes.js'
import { type DriverToWorker, workerToDriver } from '../../../src/protocol/workerMessages.js'

const PIECE = 1024 * 1024

/** The least that can speak a driver's part: what comes in is kept until a test asks for it. */
export class TestDriver {
  appId = ''
  secret = ''
  readonly blobs = new Map<string, Uint8Array>()
  blobRequests = 0
  readonly master: Connection
  readonly #workers = new Map<string, { connection: Connection; channel: Channel }>()
  readonly #inbox = new Map<string, { items: unknown[]; takers: ((item: never) => void)[] }>()

  private constructor(master: Connection) {
    this.master = master
    master.onMessage((frame) => this.#fromMaster(decodeMessage(masterToDriver, frame)))
  }

  static async register(masterUrl: string, token: string, resources: ResourceRequest, again?: { appId: string; secret: string }): Promise<TestDriver> {
    const driver = new TestDriver(await connect(masterUrl, { token, role: 'driver', timeoutMs: 5_000 }))
    driver.#tell({
      type: 'registerApp',
      name: 'test',
      resources,
      ...(again ? { appId: again.appId, appSecret: new Uint8Array(Buffer.from(again.secret, 'hex')) } : {}),
    })
    const { appId, appSecret } = await driver.#next<Extract<MasterToDriver, { type: 'appRegistered' }>>('appRegistered')
    driver.appId = appId
    driver.secret = Buffer.from(appSecret).toString('hex')
    return driver
  }

  async grant(): Promise<ExecutorGrant> {
    const got = await this.grantOrFailure()
    if ('code' in got) throw new Error(got.message)
    return got
  }

  async grantOrFailure(): Promise<ExecutorGrant | Extract<MasterToDriver, { type: 'appFailed' }>> {
    return this.#next('grant')
  }

  ended(): Promise<Extract<MasterToDriver, { type: 'executorEnded' }>> {
    return this.#next('executorEnded')
  }

  workerLost(): Promise<Extract<MasterToDriver, { type: 'workerLost' }>> {
    return this.#next('workerLost')
  }

  async waiting(): Promise<string> {
    return (await this.#next<Extract<MasterToDriver, { type: 'waiting' }>>('waiting')).reason
  }

  async attach(grant: ExecutorGrant): Promise<Connection> {
    const { worker } = grant
    const known = this.#workers.get(worker.workerId)
    if (known) return known.connection
    const connection = await connect(`tspark://${worker.host}:${worker.port}`, {
      token: this.secret,
      role: 'driver',
      app: this.appId,
      timeoutMs: 5_000,
    })
    const channel = new Channel()
    this.#workers.set(worker.workerId, { connection, channel })
    connection.send(encodeMessage({ type: 'attach', appId: this.appId, received: 0 } satisfies DriverToWorker))
    let attached = false
    connection.onMessage((frame) => {
      const bytes = attached ? channel.receive(frame) : frame
      attached = true
      if (!bytes) return
      const message = decodeMessage(workerToDriver, bytes)
      if (message.type === 'fromExecutor') this.#put(`answer ${message.executorId}`, Buffer.from(message.data).toString())
      if (message.type === 'needBlob') this.#sendBlob(grant, message.hash)
    })
    return connection
  }

  send(grant: ExecutorGrant, text: string): void {
    const data = new Uint8Array(Buffer.from(text))
    this.#toWorker(grant, { type: 'toExecutor', executorId: grant.executorId, data })
  }

  answer(grant: ExecutorGrant): Promise<string> {
    return this.#next(`answer ${grant.executorId}`)
  }

  unregister(): void {
    this.#tell({ type: 'unregisterApp', appId: this.appId })
  }

  close(): void {
    this.unregister()
    this.master.close()
    for (const { connection } of this.#workers.values()) connection.close()
  }

  #toWorker(grant: ExecutorGrant, message: DriverToWorker): void {
    const worker = this.#workers.get(grant.worker.workerId)
    worker?.connection.send(worker.channel.send(encodeMessage(message)))
  }

  #sendBlob(grant: ExecutorGrant, hash: string): void {
    this.blobRequests++
    const blob = this.blobs.get(hash)
    if (!blob) {
      this.#toWorker(grant, { type: 'blobMissing', hash })
      return
    }
    for (let offset = 0; offset < blob.length; offset += PIECE) {
      const data = new Uint8Array(blob.subarray(offset, offset + PIECE))
      this.#toWorker(grant, { type: 'blobChunk', hash, size: blob.length, offset, data })
    }
  }

  #fromMaster(message: MasterToDriver): void {
    if (message.type === 'executorGranted') this.#put('grant', message.grant)
    else if (message.type === 'appFailed') this.#put('grant', message)
    else this.#put(message.type, message)
  }

  #tell(message: DriverToMaster): void {
    this.master.send(encodeMessage(message))
  }

  #put(kind: string, item: unknown): void {
    const box = this.#box(kind)
    const taker = box.takers.shift()
    if (taker) taker(item as never)
    else box.items.push(item)
  }

  #next<T>(kind: string): Promise<T> {
    const box = this.#box(kind)
    if (box.items.length > 0) return Promise.resolve(box.items.shift() as T)
    return new Promise((resolve) => box.takers.push(resolve))
  }

  #box(kind: string) {
    const box = this.#inbox.get(kind) ?? { items: [], takers: [] }
    this.#inbox.set(kind, box)
    return box
  }
}
