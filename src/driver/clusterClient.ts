import { TsparkError } from '../events/tsparkError.js'
import { decodeMessage, encodeMessage } from '../protocol/codec.js'
import type { Connection } from '../protocol/connection.js'
import { connectToMaster } from '../protocol/connectToMaster.js'
import { type DriverToMaster, type MasterToDriver, masterToDriver } from '../protocol/masterMessages.js'
import type { ResourceRequest } from '../protocol/shapes.js'

const CONNECT_MS = 5_000
const RETRY_MS = 500

export interface ClusterEvents {
  message(message: Exclude<MasterToDriver, { type: 'appRegistered' }>): void
  /** the master is gone; it is tried again until the run ends */
  masterLost(reason: string): void
  masterBack(): void
}

/** The driver's side of the master: registers the application, hears of executors, comes back when the master does. */
export class ClusterClient {
  appId = ''
  /** hex */
  secret = ''
  #connection: Connection | undefined
  #closed = false

  constructor(
    readonly url: string,
    readonly token: string,
    readonly app: { name: string; resources: ResourceRequest; user: string },
    readonly events: ClusterEvents,
  ) {}

  /** Connects and registers; tries an unreachable master for `patienceMs`. */
  async start(patienceMs: number): Promise<void> {
    const until = performance.now() + patienceMs
    for (;;) {
      try {
        await this.#register(Math.max(1000, Math.min(CONNECT_MS, until - performance.now())))
        return
      } catch (error) {
        const again = TsparkError.is(error) && error.code === 'TSPARK_MASTER_UNREACHABLE' && performance.now() + RETRY_MS < until && !this.#closed
        if (!again) throw error
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }

  /** How many executors the application wants from now on; a master that comes back hears it too. */
  want(total: number): void {
    this.app.resources = { ...this.app.resources, wantedExecutors: total }
    if (this.appId) this.send({ type: 'requestExecutors', appId: this.appId, total })
  }

  send(message: DriverToMaster): void {
    this.#connection?.send(encodeMessage(message))
  }

  /** Tells the master that the application is over. */
  close(): void {
    this.#closed = true
    if (this.appId) this.send({ type: 'unregisterApp', appId: this.appId })
    this.#connection?.close()
  }

  async #register(timeoutMs: number): Promise<void> {
    const connection = await connectToMaster(this.url, { role: 'driver', token: this.token, timeoutMs })
    const known = this.appId ? { appId: this.appId, appSecret: Buffer.from(this.secret, 'hex') as unknown as Uint8Array<ArrayBuffer> } : {}
    await new Promise<void>((resolve, reject) => {
      const mute = setTimeout(() => {
        connection.close()
        reject(new TsparkError('TSPARK_MASTER_UNREACHABLE', `${this.url} accepted the connection but did not answer`))
      }, timeoutMs)
      connection.onMessage((frame) => {
        const message = decodeMessage(masterToDriver, frame)
        if (message.type === 'appRegistered') {
          clearTimeout(mute)
          this.appId = message.appId
          this.secret = Buffer.from(message.appSecret).toString('hex')
          this.#connection = connection
          resolve()
        } else this.events.message(message)
      })
      connection.onClose((reason) => {
        clearTimeout(mute)
        if (this.#connection === connection) this.#lost(reason)
        else reject(new TsparkError('TSPARK_MASTER_UNREACHABLE', `${this.url} closed the connection: ${reason}`))
      })
      connection.send(encodeMessage({ type: 'registerApp', ...this.app, ...known } satisfies DriverToMaster))
    })
  }

  #lost(reason: string): void {
    this.#connection = undefined
    if (this.#closed) return
    this.events.masterLost(reason)
    void this.#comeBack()
  }

  async #comeBack(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#register(CONNECT_MS)
        this.events.masterBack()
        return
      } catch (error) {
        if (TsparkError.is(error) && error.code !== 'TSPARK_MASTER_UNREACHABLE') {
          this.events.message({ type: 'appFailed', code: error.code, message: error.message })
          return
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }
}
