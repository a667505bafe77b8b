import { connect, createServer, type Server, type Socket } from 'node:net'

/** What a lost packet costs where TCP sends it again. */
const RESENT_AFTER_MS = 250

/** Stands between two processes and disturbs what goes through. */
export class TcpProxy {
  readonly #server: Server
  readonly #pairs = new Set<[Socket, Socket]>()
  #state: 'open' | 'cut' | 'silent' = 'open'
  #delayMs = 0
  /** how many of a hundred pieces are lost at first */
  #losses = 0
  #passed = 0
  /** pieces of one direction stay in order: the last one's way */
  readonly #ways = new Map<Socket, Promise<void>>()

  private constructor(readonly target: number) {
    this.#server = createServer((near) => this.#join(near))
  }

  /** @param at where it listens: any port of 127.0.0.1, or a place of its own */
  static async start(target: number, at: { host: string; port: number } = { host: '127.0.0.1', port: 0 }): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(at.port, at.host, resolve))
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

  /** Loses so many of a hundred pieces; what TCP sends again comes late, and all behind it waits. */
  lose(percent: number): void {
    this.#losses = percent
  }

  mend(): void {
    this.#state = 'open'
    this.#delayMs = 0
    this.#losses = 0
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

  /** Evenly spread, so that every run loses the same share. */
  #isLost(): boolean {
    this.#passed++
    return Math.floor((this.#passed * this.#losses) / 100) > Math.floor(((this.#passed - 1) * this.#losses) / 100)
  }

  #pass(bytes: Buffer, to: Socket): void {
    if (this.#state === 'silent') return
    const before = this.#ways.get(to)
    const delay = this.#delayMs + (this.#isLost() ? RESENT_AFTER_MS : 0)
    if (delay === 0 && !before) return void to.write(bytes)
    const arrival = Promise.all([before, new Promise((resolve) => setTimeout(resolve, delay))]).then(() => {
      if (this.#state === 'open') to.write(bytes)
      if (this.#ways.get(to) === arrival) this.#ways.delete(to)
    })
    this.#ways.set(to, arrival)
  }
}
