import type { PairColumns, PairSource } from '../plan/batchSource.js'
import { type Awaitable, after } from '../plan/compile/after.js'

/** A source that has its pairs as columns and makes arrays of them for readers that want records. */
export abstract class ColumnSource implements PairSource {
  abstract nextPairs(): Awaitable<PairColumns | null>
  abstract close(): void

  next(): Awaitable<[unknown, unknown][] | null> {
    return after(this.nextPairs(), (pairs) => pairs && recordsOf(pairs))
  }
}

function recordsOf({ keys, values }: PairColumns): [unknown, unknown][] {
  const records = new Array<[unknown, unknown]>(keys.length)
  for (let i = 0; i < records.length; i++) records[i] = [keys[i], values[i]]
  return records
}
