import type { PairColumns, PairSource } from '../batchSource.js'
import { ColumnSource } from '../columnSource.js'
import { countOf, slicePairs } from '../numberPairs.js'
import { type Awaitable, after } from './after.js'
import { mapValues, type ValuesLoop } from './valuesLoop.js'

/** A reader that has enough must not have had the function called for much more. */
const BATCH = 1024

/** The pairs of a source with values that a function gives: columns stay columns. */
export class MappedValues extends ColumnSource {
  readonly mayWait: boolean
  #pairs: PairColumns | undefined
  #at = 0

  constructor(
    readonly source: PairSource,
    readonly loop: ValuesLoop,
    readonly fn: (value: unknown) => unknown,
  ) {
    super()
    this.mayWait = source.mayWait === true
  }

  nextPairs(): Awaitable<PairColumns | null> {
    if (this.#pairs) return this.#mapNext(this.#pairs)
    return after<PairColumns | null, PairColumns | null>(this.source.nextPairs(), (pairs) => pairs && this.#mapNext(pairs))
  }

  close(): void {
    this.source.close()
  }

  #mapNext(pairs: PairColumns): PairColumns {
    const count = countOf(pairs)
    const from = this.#at
    const to = Math.min(count, from + BATCH)
    this.#pairs = to < count ? pairs : undefined
    this.#at = to < count ? to : 0
    return mapValues(from === 0 && to === count ? pairs : slicePairs(pairs, from, to), this.loop, this.fn)
  }
}
