import type { BatchSource } from '../batchSource.js'

const BATCH = 4096

/** `count` numbers from `first` by `step`. */
export class RangeSource implements BatchSource<number> {
  #made = 0
  constructor(
    readonly first: number,
    readonly step: number,
    readonly count: number,
  ) {}
  next(): readonly number[] | null {
    const size = Math.min(BATCH, this.count - this.#made)
    if (size <= 0) return null
    const batch = new Array<number>(size)
    for (let i = 0; i < size; i++) batch[i] = this.first + (this.#made + i) * this.step
    this.#made += size
    return batch
  }
  close(): void {}
}
