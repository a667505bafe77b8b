import { TsparkError } from '../events/tsparkError.js'
import { describeKey, keyKind } from './keyKind.js'

const DEEPEST = 100

/** Refuses a value that cannot be a key: it has no value that two processes could compare. */
export function checkKey(key: unknown, operation?: string): void {
  visit(key, operation, 0)
}

/** The error for a value that cannot be a key. */
export function notAKey(value: unknown, operation?: string): TsparkError {
  const where = operation === undefined ? '' : `${operation}(): `
  return new TsparkError('TSPARK_KEY', `${where}${describeKey(value)} cannot be a key`, {
    hint: 'keys are numbers, strings, booleans, bigints, dates, null, undefined, and arrays or plain objects of these',
  })
}

function visit(key: unknown, operation: string | undefined, depth: number): void {
  const kind = keyKind(key)
  if (kind === 'other') throw notAKey(key, operation)
  if (kind !== 'array' && kind !== 'object') return
  if (depth > DEEPEST) throw new TsparkError('TSPARK_KEY', `${operation === undefined ? '' : `${operation}(): `}a key is nested too deeply or contains itself`)
  for (const part of kind === 'array' ? (key as unknown[]) : Object.values(key as object)) visit(part, operation, depth + 1)
}
