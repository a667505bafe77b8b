import type { Lines, PairColumns } from '../plan/batchSource.js'
import { ColumnSource } from '../plan/columnSource.js'
import { ByteWriter } from './byteWriter.js'
import type { HeldPairs } from './heldPairs.js'

const BATCH = 1024
const BATCH_BYTES = 1 << 20
const LINES_BYTES = 256 * 1024

/** Pairs in an order; keys and values are made for one batch at a time, and only those that are asked for. */
export class SortedSource extends ColumnSource {
  readonly #batch: number
  #at = 0
  readonly writer = new ByteWriter()

  constructor(
    readonly pairs: HeldPairs,
    readonly order: Uint32Array,
    readonly onClose: () => void,
  ) {
    super()
    this.#batch = Math.max(1, Math.min(BATCH, Math.floor((BATCH_BYTES * pairs.count) / (pairs.bytes + 1))))
  }

  nextPairs(): PairColumns | null {
    const from = this.#at
    if (from >= this.order.length) return null
    this.#at = Math.min(this.order.length, from + this.#batch)
    return new SortedBatch(this.pairs, this.order, from, this.#at)
  }

  nextLines(side: 'keys' | 'values'): Lines | null {
    if (this.#at >= this.order.length) return null
    const first = this.#at
    const { writer } = this
    writer.reset()
    while (this.#at < this.order.length && writer.at < LINES_BYTES) {
      const from = this.#at
      this.#at = Math.min(this.order.length, from + this.#batch)
      this.pairs.writeLines(writer, this.pairs[side], this.order, from, this.#at)
    }
    return { bytes: writer.view(), count: this.#at - first }
  }

  close(): void {
    this.#at = this.order.length
    this.onClose()
  }
}

class SortedBatch implements PairColumns {
  #keys: unknown[] | undefined
  #values: unknown[] | undefined

  constructor(
    readonly pairs: HeldPairs,
    readonly order: Uint32Array,
    readonly from: number,
    readonly to: number,
  ) {}

  get keys(): readonly unknown[] {
    this.#keys ??= this.pairs.gather(this.pairs.keys, this.order, this.from, this.to)
    return this.#keys
  }

  get values(): readonly unknown[] {
    this.#values ??= this.pairs.gather(this.pairs.values, this.order, this.from, this.to)
    return this.#values
  }
}
