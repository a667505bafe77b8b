import { types } from 'node:util'
import { serialize } from 'node:v8'
import { TsparkError } from '../events/tsparkError.js'
import { hasNamedMembers, isLookedAt, namesOf } from './hasNamedMembers.js'
import { currentRuntime } from './installRuntime.js'
import { FORBID, HANDLE, SERIALIZE, UnshippableError, ValueWriter } from './valueWriter.js'

/** First byte: v8's own format, or a payload with entries. */
export const PLAIN = 0
const PAYLOAD = 1

/** Objects that are looked at before it is remembered which ones were: for most values that would cost more than it saves. */
const UNTRACKED = 1000

/** What was looked at in one value. */
interface Looked {
  count: number
  met: Set<object> | undefined
}

/**
 * Any value as bytes, exactly: what v8 can write as it is, everything else (instances of the bundle's classes, handles)
 * with what it takes to put it together again.
 * @param what names it in errors
 * @throws TSPARK_RECORD for functions, promises and the like, with the path to them
 */
export function encodeValue(value: unknown, what = 'record'): Uint8Array {
  try {
    if (isPlain(value, 0, { count: 0, met: undefined }, true)) return prefixed(PLAIN, value)
    const runtime = currentRuntime()
    // executors look for names of classes only when they first meet an instance
    if (runtime) for (const bundle of runtime.bundles.values()) if (!runtime.names.hasBundle(bundle)) runtime.names.addBundle(bundle)
    return prefixed(PAYLOAD, new ValueWriter(false, `the ${what}`).write(value))
  } catch (error) {
    if (isCloneError(error)) throw new TsparkError('TSPARK_RECORD', `a ${what} cannot be sent: ${error.message}`, { cause: error })
    if (!(error instanceof UnshippableError)) throw error
    throw new TsparkError('TSPARK_RECORD', `a ${what} cannot be sent: ${error.path.join(' → ')} ${error.why}`, { hint: error.hint })
  }
}

/** V8's own refusal: of an ArrayBuffer that was transferred, say. */
function isCloneError(error: unknown): error is Error {
  return error instanceof Error && / could not be cloned\.$/.test(error.message)
}

function prefixed(kind: number, value: unknown): Uint8Array {
  const bytes = serialize(value)
  const result = Buffer.allocUnsafeSlow(bytes.length + 1)
  result[0] = kind
  bytes.copy(result, 1)
  return result
}

/** Most members are: a call less for each. */
function isScalar(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'string'
}

/**
 * Whether v8 writes and reads a value exactly.
 * @param names whether members of arrays that are no elements are looked for: of the arrays in a long list only in some
 */
function isPlain(value: unknown, depth: number, looked: Looked, names: boolean): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false
  if (typeof value !== 'object' || value === null) return true
  if (depth > 500) return false
  if (++looked.count > UNTRACKED) {
    looked.met ??= new Set()
    if (looked.met.has(value)) return true
    looked.met.add(value)
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Array.prototype) {
    const array = value as unknown[]
    for (let i = 0; i < array.length; i++) {
      const member = array[i]
      if (!isScalar(member) && !isPlain(member, depth + 1, looked, names && isLookedAt(i))) return false
    }
    if (!names || !hasNamedMembers(array)) return true
    return namesOf(array).every((name) => isPlain((array as unknown as Record<string, unknown>)[name], depth + 1, looked, true))
  }
  if (prototype === Object.prototype) {
    if (HANDLE in value || FORBID in value || SERIALIZE in value) return false
    for (const key in value) {
      const member = (value as Record<string, unknown>)[key]
      if (!isScalar(member) && !isPlain(member, depth + 1, looked, names)) return false
    }
    return true
  }
  if (prototype === Date.prototype || prototype === RegExp.prototype) return true
  if (prototype === Map.prototype) {
    for (const [key, member] of value as Map<unknown, unknown>)
      if (!isPlain(key, depth + 1, looked, names) || !isPlain(member, depth + 1, looked, names)) return false
    return true
  }
  if (prototype === Set.prototype) {
    for (const member of value as Set<unknown>) if (!isPlain(member, depth + 1, looked, names)) return false
    return true
  }
  if (ArrayBuffer.isView(value)) return !types.isSharedArrayBuffer(value.buffer)
  return prototype === ArrayBuffer.prototype || (types.isBoxedPrimitive(value) && !types.isSymbolObject(value))
}
