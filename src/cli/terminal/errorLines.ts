import type { ChalkInstance } from 'chalk'
import type { RunError } from '../../protocol/submitMessages.js'

interface ErrorStyle {
  colors: ChalkInstance
  /** tspark's own frames too, and no limit */
  debug: boolean
  /** at most so many lines; what is cut comes from the middle */
  limit?: number
}

/** A failure as lines: what, where, the source line, which task, the user's frames, causes, and what to do about it last. */
export function errorLines(error: RunError, { colors, debug, limit = Number.POSITIVE_INFINITY }: ErrorStyle): string[] {
  const shown = error.name === 'TsparkError' || error.name === 'Error' || error.name === '' ? error.message : `${error.name}: ${error.message}`
  const [first = '', ...rest] = shown.split('\n')
  const lines = [`${colors.red.bold('error:')} ${colors.bold(first)} ${colors.dim(`[${error.code}]`)}`, ...rest.map(indent)]
  if (error.location && !error.codeFrame?.includes(error.location)) lines.push(`  at ${colors.cyan(error.location)}`)
  if (error.codeFrame) lines.push(...error.codeFrame.split('\n').map(indent))
  if (error.stage) lines.push(`  in ${stageText(error.stage)}`)
  for (const frame of error.stack ?? []) lines.push(colors.dim(`    ${frame.trim()}`))
  for (const cause of error.causes ?? []) lines.push(...`caused by: ${cause}`.split('\n').map(indent))
  if (debug && error.rawStack) lines.push(...error.rawStack.split('\n').map((line) => colors.dim(`    | ${line.trim()}`)))
  const hints = error.hint ? error.hint.split('\n').map((line) => `  ${colors.yellow('hint:')} ${line}`) : []
  const room = limit - hints.length
  if (!debug && lines.length > room) lines.splice(room - 1, Number.POSITIVE_INFINITY, colors.dim('  … (--debug shows the rest)'))
  return [...lines, ...hints]
}

function stageText({ id, name, partition, attempt, executorId }: NonNullable<RunError['stage']>): string {
  return `stage ${id} (${name}), partition ${partition}, attempt ${attempt + 1}, executor ${executorId}`
}

function indent(line: string): string {
  return line === '' ? '' : `  ${line}`
}
