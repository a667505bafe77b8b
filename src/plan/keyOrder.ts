import { compareKeys } from './compareKeys.js'

/** A comparator that tells what it compares, so that a sorter can ask for each key once instead of at every comparison. */
export interface KeyOrder {
  (a: unknown, b: unknown): number
  readonly keyOf: (record: unknown) => unknown
  readonly ascending: boolean
}

/** The order of records by their keys. */
export function keyOrder(keyOf: (record: unknown) => unknown, ascending: boolean): KeyOrder {
  const sign = ascending ? 1 : -1
  return Object.assign((a: unknown, b: unknown) => sign * compareKeys(keyOf(a), keyOf(b)), { keyOf, ascending })
}

export function isKeyOrder(compare: (a: unknown, b: unknown) => number): compare is KeyOrder {
  return 'keyOf' in compare
}
