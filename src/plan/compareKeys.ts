import { notAKey } from './checkKey.js'
import { type KeyKind, keyKind } from './keyKind.js'
import { OperationError } from './operationError.js'

/**
 * The order of keys: numbers, dates and bigints by value (NaN last), strings by code unit, false before true, arrays part
 * by part, `undefined` and `null` first. Mixed kinds have no order.
 */
export function compareKeys(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b)
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  return compareOthers(a, b)
}

function compareNumbers(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return 0
  return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : -1
}

function compareOthers(a: unknown, b: unknown): number {
  const kind = keyKind(a)
  const other = keyKind(b)
  const missing = rank(kind) - rank(other)
  if (rank(kind) < 2 || rank(other) < 2) return missing
  if (kind !== other) throw mixed(a, kind, b, other)
  switch (kind) {
    case 'boolean':
      return Number(a) - Number(b)
    case 'bigint':
      return (a as bigint) < (b as bigint) ? -1 : (a as bigint) > (b as bigint) ? 1 : 0
    case 'date':
      return compareNumbers((a as Date).getTime(), (b as Date).getTime())
    case 'array':
      return compareArrays(a as unknown[], b as unknown[])
    default:
      throw kind === 'object'
        ? new OperationError('TSPARK_KEY', 'objects have no order', { hint: 'give a function for a member that has one: record => record.name' })
        : notAKey(a)
  }
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compareKeys(a[i], b[i])
    if (order !== 0) return order
  }
  return a.length - b.length
}

function rank(kind: KeyKind): number {
  return kind === 'undefined' ? 0 : kind === 'null' ? 1 : 2
}

function mixed(a: unknown, kind: KeyKind, b: unknown, other: KeyKind): OperationError {
  const shown = (value: unknown, its: KeyKind): string =>
    its === 'string'
      ? `the string ${JSON.stringify((value as string).slice(0, 40))}`
      : its === 'number' || its === 'bigint'
        ? `the ${its} ${String(value)}`
        : `a value of kind ${its}`
  return new OperationError('TSPARK_KEY', `keys of different kinds have no order: ${shown(a, kind)} and ${shown(b, other)}`, {
    hint: 'make all keys of one kind, with String(key) for example',
  })
}
