import { compareKeys } from '../plan/compareKeys.js'
import { isKeyOrder, type KeyOrder } from '../plan/keyOrder.js'
import { keyPrefixes } from './keyPrefixes.js'
import { radixOrder } from './radixOrder.js'

/** Fewer are sorted sooner by comparing. */
const MANY = 4096

/** Records in order, stable. Numbers and strings as keys are distributed by their first bits instead of being compared. */
export function sortRecords(records: unknown[], compare: (a: unknown, b: unknown) => number): unknown[] {
  if (records.length < MANY || !isKeyOrder(compare)) return records.sort(compare)
  return sortByKey(records, compare) ?? records.sort(compare)
}

function sortByKey(records: readonly unknown[], { keyOf, ascending }: KeyOrder): unknown[] | undefined {
  const count = records.length
  const keys = new Array<unknown>(count)
  for (let i = 0; i < count; i++) keys[i] = keyOf(records[i])
  const prefixes = keyPrefixes(keys)
  if (!prefixes) return undefined
  const { high, low, whole } = prefixes
  if (!ascending) {
    for (let i = 0; i < count; i++) {
      high[i] = ~high[i]!
      low[i] = ~low[i]!
    }
  }
  const order = radixOrder(high, low)
  if (!whole) {
    const sign = ascending ? 1 : -1
    const byKey = (a: number, b: number): number => sign * compareKeys(keys[a], keys[b])
    for (let from = 0; from < count; ) {
      const index = order[from]!
      let to = from + 1
      let same = true
      while (to < count && high[order[to]!] === high[index] && low[order[to]!] === low[index]) {
        if (same && keys[order[to]!] !== keys[index]) same = false
        to++
      }
      if (!same) order.subarray(from, to).sort(byKey)
      from = to
    }
  }
  const sorted = new Array<unknown>(count)
  for (let i = 0; i < count; i++) sorted[i] = records[order[i]!]
  return sorted
}
