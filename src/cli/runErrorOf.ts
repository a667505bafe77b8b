import { TsparkError } from '../events/tsparkError.js'
import type { RunError } from '../protocol/submitMessages.js'

/** An error of this process as the terminal and `--json` show it. */
export function runErrorOf(error: unknown): RunError {
  if (!(error instanceof Error)) return { code: 'TSPARK_INTERNAL', name: 'Error', message: String(error) }
  const known = TsparkError.is(error) ? error : undefined
  const diagnostics = 'diagnostics' in error && typeof error.diagnostics === 'string' ? error.diagnostics : undefined
  return {
    code: known?.code ?? 'TSPARK_INTERNAL',
    name: error.name,
    message: error.message,
    location: known?.location,
    hint: known?.hint,
    codeFrame: diagnostics,
    rawStack: error.stack,
  }
}
