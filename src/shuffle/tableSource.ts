import type { PairColumns } from '../plan/batchSource.js'
import { ColumnSource, recordsOf } from '../plan/columnSource.js'
import { countOf } from '../plan/numberPairs.js'

const BATCH = 1024

/** Keys and what belongs to them, as pairs: all columns at once, as they are there, or records a batch at a time. */
export class TableSource extends ColumnSource {
  #at = 0
  readonly #count: number

  constructor(
    readonly pairs: PairColumns,
    readonly onClose: () => void,
  ) {
    super()
    this.#count = countOf(pairs)
  }

  nextPairs(): PairColumns | null {
    if (this.#at >= this.#count) return null
    this.#at = this.#count
    return this.pairs
  }

  override next(): [unknown, unknown][] | null {
    if (this.#at >= this.#count) return null
    const from = this.#at
    this.#at = Math.min(this.#count, from + BATCH)
    return recordsOf(this.pairs, from, this.#at)
  }

  close(): void {
    this.onClose()
  }
}
