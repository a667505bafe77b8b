import type { NumberColumns } from '../plan/batchSource.js'
import { anyCells, spare } from '../plan/spareCells.js'

const LEAST = 16
/** cells of a pair: a key and a number */
const CELLS = 3

/** Pairs of numbers that wait for what becomes of them, by segment; those of one that has no more room are handed on. */
export class NumberSegments {
  /** pairs of one segment */
  readonly #room: number
  readonly #cells: Int32Array
  readonly #keys: Int32Array
  readonly #values: Float64Array
  readonly #counts: Int32Array
  readonly #full: (segment: number, numbers: NumberColumns) => void

  /** @param waiting how many pairs may wait, all segments together, as far as each has room for some. @param full gets pairs whose memory is used again */
  constructor(
    readonly segments: number,
    waiting: number,
    full: (segment: number, numbers: NumberColumns) => void,
  ) {
    // an even number, so that doubles lie where they may
    this.#room = Math.max(LEAST, Math.floor(waiting / segments / 2) * 2)
    const pairs = segments * this.#room
    this.#cells = anyCells(pairs * CELLS)
    this.#keys = this.#cells.subarray(0, pairs)
    this.#values = new Float64Array(this.#cells.buffer, this.#cells.byteOffset + 4 * pairs, pairs)
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

  flushAll(): void {
    for (let segment = 0; segment < this.segments; segment++) this.flush(segment)
  }

  /** Gives its memory back; nothing may be added any more. */
  close(): void {
    spare(this.#cells)
  }
}
