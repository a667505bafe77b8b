import { serialize } from 'node:v8'
import type { ErrorCode } from '../events/errorCodes.js'
import { TsparkError } from '../events/tsparkError.js'
import { currentRuntime } from './installRuntime.js'
import { markOf } from './marked.js'
import type { ShippedFunction } from './shippedFunction.js'
import { UnshippableError, ValueWriter } from './valueWriter.js'

/**
 * Serialises a function with what it captures, now: later changes in the driver don't reach it, and what cannot be shipped
 * fails at the user's call. `caller` is the method that was called; frames above it are the user's.
 */
export function shipFunction(fn: object, operation: string, caller: Function): ShippedFunction {
  const runtime = currentRuntime()
  if (!runtime || runtime.bundles.size === 0) {
    throw failure(`${operation}(): the function was not built by tspark`, 'run the program with tspark submit', undefined, caller)
  }
  const writer = new ValueWriter(true)
  try {
    const payload = serialize(writer.write(fn))
    return { payload, name: (fn as { name?: string }).name ?? '', handles: writer.handles }
  } catch (error) {
    const mark = markOf(fn)
    const at = mark?.bundle.unit(mark.id).at
    const name = (fn as { name?: string }).name
    const which = `${name ? `'${name}'` : ''}${name && at ? ' ' : ''}${at ? `(${at})` : ''}`
    const head = `${operation}(): cannot ship the function ${which}`.trimEnd()
    if (error instanceof UnshippableError) {
      const where = error.path.length > 0 ? error.path.join(' → ') : 'it'
      throw failure(`${head} to executors: ${where} ${error.why}`, error.hint, at, caller)
    }
    const { code, hint } = TsparkError.is(error) ? error : {}
    throw failure(`${head} to executors: ${(error as Error).message}`, hint, at, caller, code)
  }
}

function failure(message: string, hint: string | undefined, location: string | undefined, caller: Function, code: ErrorCode = 'TSPARK_CLOSURE'): TsparkError {
  const error = new TsparkError(code, message, { hint, location })
  Error.captureStackTrace(error, caller)
  return error
}
