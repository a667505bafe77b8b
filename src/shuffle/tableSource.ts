import type { PairColumns } from '../plan/batchSource.js'
import { ColumnSource, recordsOf } from './columnSource.js'

const BATCH = 1024

/** Keys and what belongs to them, as pairs: all columns at once, as they are there, or records a batch at a time. */
export class TableSource extends ColumnSource {
  #at = 0

  constructor(
    readonly keys: readonly unknown[],
    readonly values: readonly unknown[],
    readonly onClose: () => void,
  ) {
    super()
  }

  nextPairs(): PairColumns | null {
    if (this.#at >= this.keys.length) return null
    this.#at = this.keys.length
    return this
  }

  override next(): [unknown, unknown][] | null {
    if (this.#at >= this.keys.length) return null
    const from = this.#at
    this.#at = Math.min(this.keys.length, from + BATCH)
    return recordsOf(this, from, this.#at)
  }

  close(): void {
    this.onClose()
  }
}
