/** The kinds of keys, in the order in which `undefined` and `null` come before the rest. */
export type KeyKind = 'undefined' | 'null' | 'boolean' | 'number' | 'bigint' | 'string' | 'date' | 'array' | 'object' | 'other'

/** The kind of a key; 'other' is what cannot be one. */
export function keyKind(value: unknown): KeyKind {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'bigint':
      return 'bigint'
    case 'undefined':
      return 'undefined'
    case 'object': {
      if (value === null) return 'null'
      if (Array.isArray(value)) return 'array'
      if (value instanceof Date) return 'date'
      const prototype: unknown = Object.getPrototypeOf(value)
      return prototype === Object.prototype || prototype === null ? 'object' : 'other'
    }
    default:
      return 'other'
  }
}

/** A key in words, for messages. */
export function describeKey(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (value instanceof Promise) return 'a Promise'
  if (typeof value === 'object' && value !== null) return `a ${value.constructor?.name ?? 'object'}`
  return String(value)
}
