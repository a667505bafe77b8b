import type { ExitCause } from '../protocol/shapes.js'

/** How an executor ended, in one line. */
export function exitText(executorId: string, cause: ExitCause): string {
  const ways = {
    exit: cause.exitCode === undefined ? 'ended' : `ended with exit code ${cause.exitCode}`,
    signal: `was killed by ${cause.signal ?? 'a signal'}`,
    lost: 'was lost',
    killed: 'was stopped',
  }
  return `executor ${executorId} ${ways[cause.kind]}${cause.guess ? ` (${cause.guess})` : ''}`
}
