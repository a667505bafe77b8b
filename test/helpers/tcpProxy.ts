import { connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between two processes and disturbs what goes through. */
export class TcpProxy {
  readonly #server: Server
  readonly #pairs = new Set<[Socket, Socket]>()
  #state: 'open' | 'cut' | 'silent' = 'open'
  #delayMs = 0

  private constructor(readonly target: number) {
    this.#server = createServer((near) => this.#join(near))
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** Connections that are open through it. */
  get connections(): number {
    return this.#pairs.size
  }

  /** Ends all connections and takes no others until `mend`. */
  cut(): void {
    this.#state = 'cut'
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
  }

  /** Passes nothing on, and closes nothing: a half-open network. */
  silence(): void {
    this.#state = 'silent'
  }

  /** Passes everything on later. */
  delay(ms: number): void {
    this.#delayMs = ms
  }

  mend(): void {
    this.#state = 'open'
    this.#delayMs = 0
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(near: Socket): void {
    if (this.#state === 'cut') return void near.destroy()
    const far = connect(this.target, '127.0.0.1')
    const pair: [Socket, Socket] = [near, far]
    this.#pairs.add(pair)
    for (const [from, to] of [pair, [far, near]] as const) {
      from.on('data', (bytes) => this.#pass(bytes, to))
      from.on('error', () => {})
      from.on('close', () => {
        this.#pairs.delete(pair)
        // a silent network does not tell the other side
        if (this.#state !== 'silent') to.destroy()
      })
    }
  }

  #pass(bytes: Buffer, to: Socket): void {
    if (this.#state === 'silent') return
    if (this.#delayMs === 0) to.write(bytes)
    else setTimeout(() => this.#state === 'open' && to.write(bytes), this.#delayMs)
  }
}
