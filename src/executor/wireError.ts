import type { WireError } from '../protocol/shapes.js'

const MOST_CAUSES = 5
const LONGEST = 100_000

/** An error, or whatever was thrown, as data: nothing of the thrower's classes is needed to read it. */
export function toWireError(error: unknown, depth = 0): WireError {
  if (error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error && 'stack' in error)) {
    const { name, message, stack, code, cause, hint } = error as Error & { code?: unknown; hint?: unknown }
    const wire: WireError = { name: String(name ?? 'Error').slice(0, 200), message: String(message).slice(0, LONGEST) }
    if (typeof stack === 'string') wire.stack = stack.slice(0, LONGEST)
    if (typeof code === 'string') wire.code = code
    if (typeof hint === 'string') wire.message += `; ${hint}`
    if (cause !== undefined && depth < MOST_CAUSES) wire.cause = toWireError(cause, depth + 1)
    return wire
  }
  return { name: 'Error', message: `a value that is no Error was thrown: ${describe(error)}` }
}

function describe(value: unknown): string {
  try {
    return (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))).slice(0, 1000)
  } catch {
    return Object.prototype.toString.call(value)
  }
}
