const AROUND = 2
const WIDEST = 160

/** The lines around a place, with a mark below it. */
export function codeFrame(source: string, line: number, column: number): string {
  const lines = source.split('\n')
  const from = Math.max(1, line - AROUND)
  const to = Math.min(lines.length, line + AROUND)
  const width = String(to).length
  const frame: string[] = []
  for (let at = from; at <= to; at++) {
    frame.push(`${at === line ? '>' : ' '} ${String(at).padStart(width)} | ${(lines[at - 1] ?? '').slice(0, WIDEST)}`)
    if (at === line && column <= WIDEST) frame.push(`  ${' '.repeat(width)} | ${' '.repeat(column - 1)}^`)
  }
  return frame.join('\n')
}
