import { plural } from '../events/plural.js'
import { TsparkError } from '../events/tsparkError.js'
import { type Diagnostic, formatDiagnostic, locationOf } from './transform/diagnostic.js'

const SHOWN_LINES = 9

/** A job that does not build: the first things that are wrong, each with its line. */
export class BuildError extends TsparkError {
  /** source lines and what follows the first message, as text */
  readonly diagnostics: string

  constructor(errors: readonly Diagnostic[]) {
    const [first, ...others] = errors
    if (!first) throw new Error('a build failed without a reason')
    super('TSPARK_BUILD', first.message, { location: first.file === '' ? undefined : locationOf(first), hint: first.hint })
    // the message, the location and the hint of the first stand apart
    const frame =
      first.text === ''
        ? []
        : formatDiagnostic({ ...first, hint: undefined })
            .split('\n')
            .slice(2)
    const lines = [...frame]
    let left = others.length
    for (const other of others) {
      const text = formatDiagnostic(other).split('\n')
      if (lines.length + text.length > SHOWN_LINES) break
      lines.push(...text)
      left--
    }
    if (left > 0) lines.push(`and ${plural(left, 'more error')}`)
    this.diagnostics = lines.join('\n')
  }
}
