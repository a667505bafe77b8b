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
      return sameParts(a as unknown[], b as unknown[])
    case 'object': {
      const names = Object.keys(a)
      if (names.length !== Object.keys(b).length) return false
      return names.every((name) => Object.hasOwn(b, name) && sameKey((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]))
    }
    default:
      return false
  }
}

/** By index: a hole counts as undefined, as it does for the hash. */
function sameParts(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!sameKey(a[i], b[i])) return false
  return true
}
