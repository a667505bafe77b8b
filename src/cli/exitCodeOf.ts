import { ERROR_CODES } from '../events/errorCodes.js'
import { TsparkError } from '../events/tsparkError.js'

/** The exit code an error leads to when it ends the command. */
export function exitCodeOf(error: unknown): number {
  return TsparkError.is(error) ? ERROR_CODES[error.code].exit : ERROR_CODES.TSPARK_INTERNAL.exit
}
