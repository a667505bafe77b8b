import { TsparkError } from '../events/tsparkError.js'
import { decodeMessage, encodeMessage } from '../protocol/codec.js'
import type { Connection } from '../protocol/connection.js'
import { connectToMaster } from '../protocol/connectToMaster.js'
import { guarded } from '../protocol/guarded.js'
import { keepTrying } from '../protocol/keepTrying.js'
import type { Log } from '../protocol/log.js'
import { type MasterToWorker, masterToWorker, type WorkerToMaster } from '../protocol/masterMessages.js'

const CONNECT_TIMEOUT_MS = 5_000
const MIN_BACKOFF_MS = 100
const MAX_BACKOFF_MS = 2_000

export interface MasterLinkOptions {
  masterUrl: string
  token: string
  workerId: string
  heartbeatMs: number
  log: Log
  /** what this worker is and runs, told at every registration */
  registration: () => WorkerToMaster
  onMessage: (message: MasterToWorker) => void
}

/** A worker's way to its master; once it has been there it is found again for as long as the worker lives. */
export class MasterLink {
  readonly #options: MasterLinkOptions
  #heartbeat: NodeJS.Timeout | undefined
  #connection: Connection | undefined
  #stopped = false
  #retry: NodeJS.Timeout | undefined
  #lastRefusal = ''

  private constructor(options: MasterLinkOptions) {
    this.#options = options
  }

  /** Tries for `patienceMs` to register; a wrong token or version fails at once. */
  static async open(options: MasterLinkOptions, patienceMs: number, stopEarly?: AbortSignal): Promise<MasterLink> {
    const link = new MasterLink(options)
    try {
      await keepTrying(patienceMs, (timeoutMs) => link.#register(timeoutMs), stopEarly)
      return link
    } catch (error) {
      link.close()
      throw error
    }
  }

  /** Sends if the master is there; what it misses it learns by the next registration. */
  send(message: WorkerToMaster): void {
    this.#connection?.send(encodeMessage(message))
  }

  close(): void {
    this.#stopped = true
    clearInterval(this.#heartbeat)
    clearTimeout(this.#retry)
    this.#connection?.close('the worker stops')
  }

  async #register(timeoutMs: number): Promise<void> {
    const { masterUrl, token, log } = this.#options
    const connection = await connectToMaster(masterUrl, { token, role: 'worker', timeoutMs })
    if (this.#stopped) return connection.close()
    connection.send(encodeMessage(this.#options.registration()))
    await new Promise<void>((resolve, reject) => {
      const mute = setTimeout(() => connection.terminate('it does not answer'), timeoutMs)
      connection.onMessage(
        guarded(connection, log, (frame) => {
          const message = decodeMessage(masterToWorker, frame)
          if (message.type === 'registered') {
            clearTimeout(mute)
            this.#connection = connection
            this.#beat(message.workerTimeout)
            resolve()
          }
          this.#options.onMessage(message)
        }),
      )
      connection.onClose((reason) => {
        clearTimeout(mute)
        reject(new TsparkError('TSPARK_MASTER_UNREACHABLE', `cannot reach ${masterUrl}: ${reason}`))
        if (this.#connection === connection) this.#lost(reason)
      })
    })
  }

  /** Several heartbeats fit into the master's patience, whatever was asked for. */
  #beat(workerTimeout: number): void {
    const { workerId, heartbeatMs } = this.#options
    clearInterval(this.#heartbeat)
    this.#heartbeat = setInterval(() => this.send({ type: 'heartbeat', workerId }), Math.min(heartbeatMs, workerTimeout / 4))
    this.#heartbeat.unref()
  }

  #lost(reason: string): void {
    this.#connection = undefined
    if (this.#stopped) return
    this.#options.log(`connection to the master lost: ${reason}; trying to reach it again`)
    this.#again(MIN_BACKOFF_MS)
  }

  #again(backoff: number): void {
    this.#retry = setTimeout(async () => {
      try {
        await this.#register(CONNECT_TIMEOUT_MS)
        this.#lastRefusal = ''
        if (!this.#stopped) this.#options.log('registered with the master again')
      } catch (error) {
        if (this.#stopped) return
        this.#logRefusal(error)
        this.#again(Math.min(backoff * 2, MAX_BACKOFF_MS))
      }
    }, backoff)
  }

  /** That nobody is there is what is being waited for; a refusal is news, once. */
  #logRefusal(error: unknown): void {
    const message = (error as Error).message
    if ((TsparkError.is(error) && error.code === 'TSPARK_MASTER_UNREACHABLE') || message === this.#lastRefusal) return
    this.#lastRefusal = message
    this.#options.log(message)
  }
}
