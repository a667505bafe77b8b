import { WebSocket } from 'ws'

/** Largest frame either side accepts; bigger things travel as blobs in chunks. */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024
const PING_EVERY_MS = 5_000
const DEAD_AFTER_MS = 30_000
/** RFC 6455: the connection ended without a closing frame */
const BROKEN_OFF = 1006

/** One authenticated WebSocket that carries binary frames; it notices by itself when the other side is gone. */
export class Connection {
  readonly remote: string
  readonly #socket: WebSocket
  readonly #liveness: NodeJS.Timeout
  readonly #closeHandlers: ((reason: string) => void)[] = []
  #handler: ((frame: Uint8Array) => void) | undefined
  #early: Uint8Array[] = []
  #closed: string | undefined
  #broken = false
  #problem: string | undefined
  #lastHeard = performance.now()

  constructor(socket: WebSocket, remote: string) {
    this.#socket = socket
    this.remote = remote
    socket.binaryType = 'nodebuffer'
    socket.on('message', (data: Buffer, binary: boolean) => this.#received(data, binary))
    socket.on('pong', () => this.#heard())
    socket.on('ping', () => this.#heard())
    socket.on('error', (error) => {
      this.#problem ??= error.message
    })
    socket.on('close', (code, reason) => {
      this.#broken = code === BROKEN_OFF
      this.#ended(this.#problem ?? (reason.toString() || (code === BROKEN_OFF ? 'it broke off' : `closed with code ${code}`)))
    })
    this.#liveness = setInterval(() => this.#checkLiveness(), PING_EVERY_MS)
    this.#liveness.unref()
  }

  /** It ended without a word of either side: another one may go on where it broke. */
  get isBroken(): boolean {
    return this.#broken
  }

  /** Bytes accepted by `send` that the network has not taken yet. */
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount
  }

  /** Sends one frame; after the end of the connection it does nothing, `onClose` has told. */
  send(frame: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame, { binary: true })
  }

  /** Hands every frame to `handler`, those that came before it is set too. */
  onMessage(handler: (frame: Uint8Array) => void): void {
    this.#handler = handler
    const early = this.#early
    this.#early = []
    for (const frame of early) handler(frame)
  }

  /** Calls `handler` once when the connection has ended, also when it has already. */
  onClose(handler: (reason: string) => void): void {
    if (this.#closed !== undefined) handler(this.#closed)
    else this.#closeHandlers.push(handler)
  }

  /** Closes after what was sent has gone out; a peer that does not answer the close is cut off. */
  close(reason = ''): void {
    if (this.#socket.readyState >= WebSocket.CLOSING) return
    this.#socket.close(1000, reason.slice(0, 100))
    setTimeout(() => this.#socket.terminate(), 1_000).unref()
  }

  /** Cuts the connection now. */
  terminate(reason: string): void {
    this.#problem ??= reason
    this.#socket.terminate()
  }

  #received(data: Buffer, binary: boolean): void {
    this.#heard()
    if (!binary) this.terminate('a text frame came where only binary ones are spoken')
    else if (this.#handler) this.#handler(data)
    else this.#early.push(data)
  }

  #heard(): void {
    this.#lastHeard = performance.now()
  }

  #checkLiveness(): void {
    if (performance.now() - this.#lastHeard > DEAD_AFTER_MS) this.terminate(`silent for ${DEAD_AFTER_MS / 1000} s`)
    else if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping()
  }

  #ended(reason: string): void {
    clearInterval(this.#liveness)
    this.#closed = reason
    for (const handler of this.#closeHandlers.splice(0)) handler(reason)
  }
}
