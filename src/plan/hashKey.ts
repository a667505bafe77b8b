import { notAKey } from './checkKey.js'
import { keyKind } from './keyKind.js'
import { OperationError } from './operationError.js'

const PRIME = 0x01000193
const bits = new Float64Array(1)
const words = new Int32Array(bits.buffer)

/** A 32-bit hash of a key's value, the same in every process and run: equal keys have equal hashes. */
export function hashKey(key: unknown): number {
  if (typeof key === 'string') return hashString(key)
  if (typeof key === 'number') return hashNumber(key)
  return hashOther(key, 0)
}

/** FNV-1a over UTF-16 units, then a final mix. */
export function hashString(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), PRIME)
  return mix(h)
}

function hashNumber(value: number): number {
  // -0 and 0 are one key; small whole numbers are spread by their value, so that ranges of them spread evenly
  if ((value | 0) === value) return mix(Math.imul(value, 0x9e3779b1))
  bits[0] = Number.isNaN(value) ? Number.NaN : value
  return mix(words[0]! ^ Math.imul(words[1]!, PRIME))
}

function hashOther(key: unknown, depth: number): number {
  if (depth > 100) throw new OperationError('TSPARK_KEY', 'a key is nested too deeply or contains itself')
  const kind = keyKind(key)
  switch (kind) {
    case 'string':
      return hashString(key as string)
    case 'number':
      return hashNumber(key as number)
    case 'undefined':
      return 0x1d
    case 'null':
      return 0x2b
    case 'boolean':
      return key ? 0x4cf5 : 0x4d5b
    case 'bigint':
      return mix(hashString((key as bigint).toString(36)) ^ 0x5bd1)
    case 'date':
      return mix(hashNumber((key as Date).getTime()) ^ 0x7d3f)
    case 'array': {
      let h = 0x345678
      for (const part of key as unknown[]) h = Math.imul(h, 31) + hashOther(part, depth + 1)
      return mix(h)
    }
    case 'object': {
      // members in any order: a sum does not care
      let h = 0x6b43a9
      for (const [name, value] of Object.entries(key as object)) h = (h + mix(hashString(name) ^ Math.imul(hashOther(value, depth + 1), PRIME))) | 0
      return mix(h)
    }
    case 'other':
      throw notAKey(key)
  }
}

function mix(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
