import type { PairColumns } from '../plan/batchSource.js'
import { ColumnSource } from './columnSource.js'

const BATCH = 1024

/** Keys and what belongs to them, as pairs. */
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
    const [from, to] = [this.#at, this.#at + BATCH]
    if (from >= this.keys.length) return null
    this.#at = to
    return { keys: this.keys.slice(from, to), values: this.values.slice(from, to) }
  }

  close(): void {
    this.onClose()
  }
}
