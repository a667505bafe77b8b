import { inspect } from 'node:util'

/** Up to so many elements their names are made and counted; that takes some 20 ns each, and far more where there are very many. */
const FEW = 40
/** Of a list each is looked at. */
const FIRST = 16
/** Looks at no element and into no member. */
const NO_ELEMENTS = { maxArrayLength: 0, depth: 0, customInspect: false, breakLength: Number.POSITIVE_INFINITY } as const
const ELEMENTS_ONLY = /^\[ \.\.\. \d+ more items \]$/

/** Whether an array has members that are no elements, as a match of a regular expression has; costs less than 1 µs, however many elements there are. */
export function hasNamedMembers(array: readonly unknown[]): boolean {
  if (array.length > FEW && ELEMENTS_ONLY.test(inspect(array, NO_ELEMENTS))) return false
  const keys = Object.keys(array)
  // elements come first
  return keys.length > 0 && !isIndex(keys.at(-1)!, array.length)
}

/** The members that are no elements. */
export function namesOf(array: readonly unknown[]): string[] {
  return Object.keys(array).filter((key) => !isIndex(key, array.length))
}

/**
 * Looking for named members takes as long as writing a small array, so of a list of them it is done for the first ones and
 * for ever fewer of the others: what a program gives names in one record it mostly gives names in all of them.
 */
export function isLookedAt(index: number): boolean {
  return index < FIRST || (index & (index - 1)) === 0
}

/** The next place that is looked at. */
export function nextLookedAt(index: number): number {
  return index + 1 < FIRST ? index + 1 : 2 ** (Math.floor(Math.log2(index)) + 1)
}

function isIndex(key: string, length: number): boolean {
  const index = Number(key)
  return Number.isInteger(index) && index >= 0 && index < length && String(index) === key
}
