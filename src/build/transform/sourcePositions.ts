import { decode } from '@jridgewell/sourcemap-codec'

export interface SourceMap {
  version: 3
  sources: string[]
  sourcesContent?: (string | null)[]
  names: string[]
  mappings: string
}

/** A place in the user's sources; lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  /** the whole line */
  readonly text: string
}

type Segments = ReturnType<typeof decode>

export const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/u

/** Finds the source of a position in the bundle, by esbuild's map. */
export class SourcePositions {
  readonly lines: number[] = [0]
  readonly segments: Segments
  readonly #text: (string[] | undefined)[] = []

  constructor(
    readonly code: string,
    readonly map: SourceMap,
  ) {
    for (let at = code.indexOf('\n'); at >= 0; at = code.indexOf('\n', at + 1)) this.lines.push(at + 1)
    this.segments = decode(map.mappings)
  }

  lineOf(position: number): number {
    let low = 0
    let high = this.lines.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.lines[middle]! <= position) low = middle
      else high = middle - 1
    }
    return low
  }

  place(position: number): Place {
    const found = this.#original(position)
    if (!found) return { file: this.map.sources[0] ?? '?', line: 1, column: 1, text: '' }
    return { file: this.map.sources[found.source]!, line: found.line + 1, column: found.column + 1, text: this.#line(found.source, found.line) }
  }

  /** What follows a position in its source: the bundle has lost types and may have renamed things. */
  sourceText(position: number): string {
    const found = this.#original(position)
    return found ? this.#line(found.source, found.line).slice(found.column) : ''
  }

  /** A name as the user wrote it. */
  nameAt(position: number, fallback: string): string {
    return IDENTIFIER.exec(this.sourceText(position))?.[0] ?? fallback
  }

  #line(source: number, line: number): string {
    this.#text[source] ??= (this.map.sourcesContent?.[source] ?? '').split('\n')
    return this.#text[source]![line] ?? ''
  }

  #original(position: number): { source: number; line: number; column: number } | undefined {
    const line = this.lineOf(position)
    const column = position - this.lines[line]!
    const segments = this.segments[line] ?? []
    let low = 0
    let high = segments.length - 1
    let found: (typeof segments)[number] | undefined
    while (low <= high) {
      const middle = (low + high) >> 1
      if (segments[middle]![0] <= column) {
        found = segments[middle]
        low = middle + 1
      } else high = middle - 1
    }
    return found && found.length > 1 ? { source: found[1]!, line: found[2]!, column: found[3]! } : undefined
  }
}
