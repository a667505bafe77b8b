import { keyKind } from './keyKind.js'

/** Whether two keys have the same value: NaN equals NaN, -0 equals 0, kinds differ, members of objects come in any order. */
export function sameKey(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object') return typeof a === 'number' && typeof b === 'number' && Number.isNaN(a) && Number.isNaN(b)
  if (a === null || b === null) return false
  const kind = keyKind(a)
  if (kind !== keyKind(b)) return false
  switch (kind) {
    case 'date':
      return sameKey((a as Date).getTime(), (b as Date).getTime())
    case 'array':
      return (a as unknown[]).length === (b as unknown[]).length && (a as unknown[]).every((part, index) => sameKey(part, (b as unknown[])[index]))
    case 'object': {
      const names = Object.keys(a)
      if (names.length !== Object.keys(b).length) return false
      return names.every((name) => Object.hasOwn(b, name) && sameKey((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]))
    }
    default:
      return false
  }
}
