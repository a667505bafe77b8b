import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Channel } from '../../../src/protocol/channel.js'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const text = (message: Uint8Array): string => Buffer.from(message).toString()

/** Two channels and the frames on their way; connections break and come back, and take what is on the way with them. */
class Pair {
  readonly sides = [new Channel(), new Channel()] as const
  readonly got: [string[], string[]] = [[], []]
  readonly #wires: [Uint8Array[], Uint8Array[]] = [[], []]
  #connected = true

  send(from: 0 | 1, message: string): void {
    const frame = this.sides[from].send(bytes(message))
    if (this.#connected) this.#wires[from].push(frame)
  }

  deliver(from: 0 | 1): void {
    const frame = this.#wires[from].shift()
    if (!frame) return
    const to = from === 0 ? 1 : 0
    const message = this.sides[to].receive(frame)
    if (message) this.got[to].push(text(message))
    const ack = this.sides[to].acknowledgement()
    if (ack) this.#wires[to].push(ack)
  }

  /** What was on the way may have arrived in part. */
  break(): void {
    this.#connected = false
    this.#wires[0].length = 0
    this.#wires[1].length = 0
  }

  connect(): void {
    this.break()
    this.#connected = true
    const [a, b] = this.sides
    this.#wires[0].push(...a.resume(b.received))
    this.#wires[1].push(...b.resume(a.received))
  }

  drain(): void {
    this.connect()
    while (this.#wires[0].length + this.#wires[1].length > 0) for (const side of [0, 1] as const) this.deliver(side)
  }
}

describe('a channel', () => {
  it('brings every message once and in order, wherever connections break', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), side: fc.constantFrom(0 as const, 1 as const) }) },
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('deliver' as const), side: fc.constantFrom(0 as const, 1 as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('break' as const, 'connect' as const), side: fc.constant(0 as const) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const pair = new Pair()
        const sent: [string[], string[]] = [[], []]
        for (const { kind, side } of steps) {
          if (kind === 'send') {
            sent[side].push(`${side}:${sent[side].length}`)
            pair.send(side, sent[side].at(-1)!)
          } else if (kind === 'deliver') pair.deliver(side)
          else pair[kind]()
        }
        pair.drain()
        expect(pair.got).toEqual([sent[1], sent[0]])
      }),
    )
  })

  it('keeps only what may be missing', () => {
    const [a, b] = [new Channel(), new Channel()]
    for (let i = 0; i < 200; i++) {
      b.receive(a.send(bytes(String(i))))
      const ack = b.acknowledgement()
      if (ack) a.receive(ack)
    }
    expect(a.resume(0).length).toBeLessThan(64)
    expect(a.resume(200)).toEqual([])
  })

  it('refuses what cannot be', () => {
    const [a, b] = [new Channel(), new Channel()]
    const [first, second] = [a.send(bytes('1')), a.send(bytes('2'))]
    expect(() => b.receive(second)).toThrow('message 2 came after message 0')
    expect(b.receive(first) && text(b.receive(second)!)).toBe('2')
    expect(b.receive(second)).toBeUndefined()
    expect(() => b.receive(new Uint8Array(3))).toThrow('shorter than its head')
    expect(() => b.resume(1)).toThrow('only 0 were sent')
    expect(() => b.resume(Number.NaN)).toThrow('only 0 were sent')
  })
})
