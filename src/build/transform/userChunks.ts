import type { SourcePositions } from './sourcePositions.js'

/** The part of the bundle that comes from one of the user's files. */
export interface Chunk {
  readonly start: number
  readonly end: number
  readonly file: string
}

/** Where a module of the bundle begins. */
export interface ModuleStart {
  readonly start: number
  readonly file: string
}

/**
 * Finds the modules by esbuild's `// path` lines. A line counts only if the path is an input and the map says that another
 * source begins there, so that text which looks like one is none.
 */
export function moduleStarts(positions: SourcePositions, inputs: readonly string[]): ModuleStart[] {
  const { code, lines, segments } = positions
  const known = new Set(inputs)
  const found: ModuleStart[] = []
  let before = -1
  for (let line = 0; line < lines.length; line++) {
    const start = lines[line]!
    if (code.startsWith('// ', start)) {
      const path = code.slice(start + 3, (lines[line + 1] ?? code.length + 1) - 1)
      if (known.has(path)) {
        const next = nextSource(segments, line + 1)
        if (next !== before || next < 0) found.push({ start, file: path })
      }
    }
    const last = segments[line]?.at(-1)
    if (last && last.length > 1) before = last[1]!
  }
  return found
}

/** The parts of the bundle that are the user's. */
export function userChunks(starts: readonly ModuleStart[], end: number, isUser: (path: string) => boolean): Chunk[] {
  return starts.flatMap(({ start, file }, index) => (isUser(file) ? [{ start, end: starts[index + 1]?.start ?? end, file }] : []))
}

function nextSource(segments: SourcePositions['segments'], from: number): number {
  for (let line = from; line < segments.length; line++) for (const segment of segments[line]!) if (segment.length > 1) return segment[1]!
  return -1
}
