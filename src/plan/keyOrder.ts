import { compareKeys } from './compareKeys.js'

/** A comparator that tells what it compares, so that a sorter can ask for each key once instead of at every comparison. */
export interface KeyOrder {
  (a: unknown, b: unknown): number
  /** undefined: what is compared is the key itself */
  readonly keyOf: ((record: unknown) => unknown) | undefined
  readonly ascending: boolean
}

/** The order of keys, or of records by their keys. */
export function keyOrder(keyOf: ((record: unknown) => unknown) | undefined, ascending: boolean): KeyOrder {
  const sign = ascending ? 1 : -1
  const compare = keyOf ? (a: unknown, b: unknown) => sign * compareKeys(keyOf(a), keyOf(b)) : (a: unknown, b: unknown) => sign * compareKeys(a, b)
  return Object.assign(compare, { keyOf, ascending })
}

export function isKeyOrder(compare: (a: unknown, b: unknown) => number): compare is KeyOrder {
  return 'keyOf' in compare
}
