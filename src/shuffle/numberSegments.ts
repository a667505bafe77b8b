import type { NumberColumns } from '../plan/batchSource.js'

const BATCH = 4096
/** Pairs that wait, over all segments together, as far as each has room for some. */
const MOST_WAITING = 64 * 1024
const LEAST = 16

/** Pairs of numbers that wait for their frames, by segment; one that is full is handed on. */
export class NumberSegments {
  /** pairs of one segment */
  readonly #room: number
  readonly #keys: Int32Array
  readonly #values: Float64Array
  readonly #counts: Int32Array
  readonly #full: (segment: number, numbers: NumberColumns) => void

  constructor(segments: number, full: (segment: number, numbers: NumberColumns) => void) {
    this.#room = Math.max(LEAST, Math.min(BATCH, Math.floor(MOST_WAITING / segments)))
    this.#keys = new Int32Array(segments * this.#room)
    this.#values = new Float64Array(segments * this.#room)
    this.#counts = new Int32Array(segments)
    this.#full = full
  }

  add({ keys, values }: NumberColumns, segmentOf: (key: unknown, record: unknown) => number): void {
    const room = this.#room
    const counts = this.#counts
    const [ownKeys, ownValues] = [this.#keys, this.#values]
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!
      const segment = segmentOf(key, undefined)
      const count = counts[segment]!
      ownKeys[segment * room + count] = key
      ownValues[segment * room + count] = values[i]!
      counts[segment] = count + 1
      if (count + 1 === room) this.flush(segment)
    }
  }

  /** Hands on what waits in a segment, if anything does. */
  flush(segment: number): void {
    const from = segment * this.#room
    const to = from + this.#counts[segment]!
    if (from === to) return
    this.#counts[segment] = 0
    this.#full(segment, { keys: this.#keys.subarray(from, to), values: this.#values.subarray(from, to) })
  }
}
