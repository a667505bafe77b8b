import { inspect } from 'node:util'
import type { WireError } from '../protocol/shapes.js'

const MOST_CAUSES = 5
const LONGEST_MESSAGE = 10_000
const LONGEST_STACK = 20_000

/**
 * An error, or whatever was thrown, as data: nothing of the thrower's classes is needed to read it, and nothing that a thrown
 * value does when it is looked at gets in the way. Long messages are cut, frames are kept.
 */
export function wireErrorOf(error: unknown, depth = 0): WireError {
  try {
    if (error instanceof Error || isErrorLike(error)) return describeError(error as Error, depth)
    return { name: 'Error', message: `a value that is no Error was thrown: ${typeof error === 'string' ? cut(error) : cut(inspect(error, { depth: 2 }))}` }
  } catch {
    return { name: 'Error', message: 'a value that cannot be read was thrown' }
  }
}

function describeError(error: Error & { code?: unknown; hint?: unknown; errors?: unknown }, depth: number): WireError {
  const { name, message, stack, code, cause, errors } = error
  const wire: WireError = { name: String(name ?? 'Error').slice(0, 200), message: cut(String(message ?? '')) }
  if (Array.isArray(errors)) for (const inner of errors.slice(0, MOST_CAUSES)) wire.message += `\n  - ${wireErrorOf(inner, MOST_CAUSES).message}`
  if (typeof stack === 'string') wire.stack = framesOf(stack, wire)
  if (typeof code === 'string') wire.code = code
  if (typeof error.hint === 'string') wire.message += `; ${error.hint}`
  if (cause !== undefined && depth < MOST_CAUSES) wire.cause = wireErrorOf(cause, depth + 1)
  return wire
}

function isErrorLike(error: unknown): boolean {
  return typeof error === 'object' && error !== null && typeof (error as Error).message === 'string' && typeof (error as Error).stack === 'string'
}

/** The frames behind a head that has the message once, cut. */
function framesOf(stack: string, { name, message }: WireError): string {
  const at = stack.search(/\n\s+at /)
  return `${name}: ${message}${at < 0 ? '' : stack.slice(at, at + LONGEST_STACK)}`
}

function cut(text: string): string {
  return text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE)}… (${text.length} characters)`
}
