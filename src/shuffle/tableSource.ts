import type { BatchSource } from '../plan/batchSource.js'

const BATCH = 1024

/** Keys and what belongs to them, as pairs. */
export class TableSource implements BatchSource<[unknown, unknown]> {
  #at = 0

  constructor(
    readonly keys: readonly unknown[],
    readonly values: readonly unknown[],
    readonly onClose: () => void,
  ) {}

  next(): [unknown, unknown][] | null {
    const end = Math.min(this.keys.length, this.#at + BATCH)
    if (this.#at >= end) return null
    const batch: [unknown, unknown][] = []
    for (let i = this.#at; i < end; i++) batch.push([this.keys[i], this.values[i]])
    this.#at = end
    return batch
  }

  close(): void {
    this.onClose()
  }
}
