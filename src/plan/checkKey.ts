import { describeKey, keyKind } from './keyKind.js'
import { OperationError } from './operationError.js'

const DEEPEST = 100

/** Refuses a value that cannot be a key: it has no value that two processes could compare. */
export function checkKey(key: unknown): void {
  visit(key, 0)
}

/** The error for a value that cannot be a key. */
export function notAKey(value: unknown): OperationError {
  return new OperationError('TSPARK_KEY', `${describeKey(value)} cannot be a key`, {
    hint: 'keys are numbers, strings, booleans, bigints, dates, null, undefined, and arrays or plain objects of these',
  })
}

function visit(key: unknown, depth: number): void {
  const kind = keyKind(key)
  if (kind === 'other') throw notAKey(key)
  if (kind !== 'array' && kind !== 'object') return
  if (depth > DEEPEST) throw new OperationError('TSPARK_KEY', 'a key is nested too deeply or contains itself')
  for (const part of kind === 'array' ? (key as unknown[]) : Object.values(key as object)) visit(part, depth + 1)
}
