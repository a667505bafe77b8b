import type { NumberColumns, PairColumns, PairSource } from './batchSource.js'
import { type Awaitable, after } from './compile/after.js'
import { countOf, intsOf } from './numberPairs.js'

/** A source that has its pairs as columns and makes arrays of them for readers that want records. */
export abstract class ColumnSource implements PairSource {
  abstract nextPairs(): Awaitable<PairColumns | null>
  abstract close(): void

  next(): Awaitable<[unknown, unknown][] | null> {
    return after(this.nextPairs(), (pairs) => pairs && recordsOf(pairs))
  }
}

export function recordsOf(pairs: PairColumns, from = 0, to = countOf(pairs)): [unknown, unknown][] {
  if (pairs.numbers) return numberRecords(pairs.numbers, from, to)
  const { keys, values } = pairs
  const records = new Array<[unknown, unknown]>(to - from)
  for (let i = from; i < to; i++) records[i - from] = [keys[i], values[i]]
  return records
}

/** A loop of its own: places that read arrays of all kinds are slow. */
function numberRecords({ keys, values }: NumberColumns, from: number, to: number): [unknown, unknown][] {
  const doubles = values.subarray(from, to)
  const exact = intsOf(doubles) ?? doubles
  const records = new Array<[number, number]>(exact.length)
  for (let i = 0; i < records.length; i++) records[i] = [keys[from + i]!, exact[i]!]
  return records
}
