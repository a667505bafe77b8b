/** A partition that is much larger than the others of its stage, and the keys that make it so. */
export interface Skew {
  readonly partition: number
  readonly records: number
  /** records of the partition in the middle */
  readonly median: number
  readonly keys: readonly { key: string; records: number }[]
}

/** By how many times the largest partition exceeds the one in the middle before it is worth a word, and how many records it has at least. */
const TIMES = 4
const LEAST_RECORDS = 50_000

/** What each task of a stage read from shuffles. */
export class SkewWatch {
  readonly #reads: number[] = []
  #largest: Omit<Skew, 'median'> | undefined

  observe(partition: number, records: number, keys: Skew['keys']): void {
    this.#reads.push(records)
    if (records > (this.#largest?.records ?? 0)) this.#largest = { partition, records, keys }
  }

  /** The largest partition, if it is out of proportion and keys were found that explain it. */
  skew(): Skew | undefined {
    const largest = this.#largest
    if (!largest || this.#reads.length < 2 || largest.records < LEAST_RECORDS || largest.keys.length === 0) return undefined
    const median = this.#reads.toSorted((a, b) => a - b)[(this.#reads.length - 1) >> 1]!
    return largest.records > TIMES * median ? { ...largest, median } : undefined
  }
}
