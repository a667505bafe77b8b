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

export function recordsOf({ keys, values }: PairColumns, from = 0, to = keys.length): [unknown, unknown][] {
  const records = new Array<[unknown, unknown]>(to - from)
  for (let i = from; i < to; i++) records[i - from] = [keys[i], values[i]]
  return records
}
