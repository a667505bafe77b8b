import { compareKeys } from '../plan/compareKeys.js'
import { isKeyOrder } from '../plan/keyOrder.js'
import { type Column, ListColumn } from './column.js'
import type { HeldPairs } from './heldPairs.js'
import { keyPrefixes } from './keyPrefixes.js'
import { radixOrder } from './radixOrder.js'

/** Fewer are sorted sooner by comparing. */
const MANY = 4096

/** The order of pairs by their keys, stable. Numbers and strings are distributed by their first bits instead of being compared. */
export function sortOrder(pairs: HeldPairs, compare: (a: unknown, b: unknown) => number): Uint32Array {
  if (pairs.count < MANY || !isKeyOrder(compare)) return comparedOrder(pairs, compare)
  const { keyOf, ascending } = compare
  const columns: readonly Column[] = keyOf ? pairs.keys.map((column) => new ListColumn(column.toArray().map((key) => keyOf(key)))) : pairs.keys
  const prefixes = keyPrefixes(columns, pairs.count)
  if (!prefixes) return comparedOrder(pairs, compare)
  const { high, low, whole } = prefixes
  if (!ascending) {
    for (let i = 0; i < high.length; i++) {
      high[i] = ~high[i]!
      low[i] = ~low[i]!
    }
  }
  const order = radixOrder(high, low)
  if (whole) return order
  const sign = ascending ? 1 : -1
  for (let from = 0; from < order.length; ) {
    const [first, second] = [high[order[from]!], low[order[from]!]]
    let to = from + 1
    while (to < order.length && high[order[to]!] === first && low[order[to]!] === second) to++
    if (to - from > 1) sortTied(order.subarray(from, to), pairs, columns, sign)
    from = to
  }
  return order
}

/** Puts pairs in order whose keys begin alike. */
function sortTied(tied: Uint32Array, pairs: HeldPairs, columns: readonly Column[], sign: number): void {
  const keys = pairs.gather(columns, tied, 0, tied.length)
  if (keys.every((key) => key === keys[0])) return
  const by = Uint32Array.from(keys.keys()).sort((a, b) => sign * compareKeys(keys[a], keys[b]))
  tied.set(by.map((at) => tied[at]!))
}

function comparedOrder(pairs: HeldPairs, compare: (a: unknown, b: unknown) => number): Uint32Array {
  const keys = pairs.keys.flatMap((column) => column.toArray())
  const order = new Uint32Array(keys.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  return order.sort((a, b) => compare(keys[a], keys[b]))
}
