import { encode } from '@jridgewell/sourcemap-codec'
import type { Part } from './edits.js'
import type { SourceMap, SourcePositions } from './sourcePositions.js'

type Segment = [number] | [number, number, number, number] | [number, number, number, number, number]

/** Puts the parts together, and the map with them: what is copied keeps its mappings, wherever it goes. */
export function emit(positions: SourcePositions, parts: readonly Part[]): { code: string; map: SourceMap } {
  const { code, lines, segments, map } = positions
  const texts: string[] = []
  const mappings: Segment[][] = []
  let current: Segment[] = []
  let column = 0
  const newLine = (): void => {
    mappings.push(current)
    current = []
    column = 0
  }
  const insert = (text: string): void => {
    texts.push(text)
    const pieces = text.split('\n')
    for (let i = 1; i < pieces.length; i++) newLine()
    column += pieces.at(-1)!.length
  }
  const copy = (start: number, end: number): void => {
    texts.push(code.slice(start, end))
    let line = positions.lineOf(start)
    for (let at = start; at < end; line++) {
      const stop = Math.min(end, lines[line + 1] ?? code.length)
      const from = at - lines[line]!
      const to = stop - lines[line]!
      const own = (segments[line] ?? []) as Segment[]
      let first = 0
      while (first < own.length && own[first]![0] < from) first++
      // the mapping that the range begins in the middle of
      if (own[first]?.[0] !== from && first > 0) current.push(moved(own[first - 1]!, column))
      for (let i = first; i < own.length && own[i]![0] < to; i++) current.push(moved(own[i]!, column + own[i]![0] - from))
      if (code.charCodeAt(stop - 1) === 10) newLine()
      else column += stop - at
      at = stop
    }
  }
  for (const part of parts) {
    if (typeof part === 'string') insert(part)
    else copy(part[0], part[1])
  }
  mappings.push(current)
  return { code: texts.join(''), map: { ...map, mappings: encode(mappings) } }
}

function moved(segment: Segment, column: number): Segment {
  const [, ...rest] = segment
  return [column, ...rest] as Segment
}
