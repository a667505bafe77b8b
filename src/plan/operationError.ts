import type { ErrorCode } from '../events/errorCodes.js'
import { TsparkError, type TsparkErrorOptions } from '../events/tsparkError.js'

/** An error about keys or records, thrown where it is not known for which operation of the user's. */
export class OperationError extends TsparkError {
  readonly what: string
  readonly options: TsparkErrorOptions

  constructor(code: ErrorCode, what: string, options: TsparkErrorOptions = {}) {
    super(code, what, options)
    this.what = what
    this.options = options
  }
}

/** The same error with the operation and the user's line: `reduceByKey at job.ts:12: …`. Other errors stay what they are. */
export function atOperation(error: unknown, label: string): unknown {
  return error instanceof OperationError ? new TsparkError(error.code, `${label}: ${error.what}`, error.options) : error
}
