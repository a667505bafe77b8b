import type { Place } from './sourcePositions.js'

/** Something to tell about a place in the user's sources. */
export interface Diagnostic extends Place {
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly hint?: string
}

export function locationOf({ file, line, column }: Pick<Place, 'file' | 'line' | 'column'>): string {
  return `${file}:${line}:${column}`
}

/** A diagnostic with its source line. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { message, line, column, text, hint } = diagnostic
  const number = String(line)
  const frame = text === '' ? [] : [`  ${number} | ${text.slice(0, 200)}`, `  ${' '.repeat(number.length)} | ${' '.repeat(Math.min(column, 200) - 1)}^`]
  return [message, `  at ${locationOf(diagnostic)}`, ...frame, ...(hint ? [`  ${hint}`] : [])].join('\n')
}
