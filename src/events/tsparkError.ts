import type { ErrorCode } from './errorCodes.js'

export interface TsparkErrorOptions {
  cause?: unknown
  /** what to do about it, one sentence */
  hint?: string
  /** file:line:col of the user's line it is about */
  location?: string
}

const brand = Symbol.for('tspark.error')

/** An error of tspark with a stable code (docs/errors.md) and, where there is one, the fix. */
export class TsparkError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly location: string | undefined
  readonly [brand] = true

  constructor(code: ErrorCode, message: string, options: TsparkErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'TsparkError'
    this.code = code
    this.hint = options.hint
    this.location = options.location
  }

  /** Works across copies of the class (a bundle, a second install). */
  static is(value: unknown): value is TsparkError {
    return typeof value === 'object' && value !== null && brand in value
  }
}
