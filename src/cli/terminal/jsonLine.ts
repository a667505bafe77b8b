import type { EventHead, TsparkEvent } from '../../events/event.js'

/** One event as a line of `--json`. */
export function jsonLine(event: TsparkEvent, now = new Date()): string {
  const { type, ...fields } = event
  const head: EventHead & { type: string } = { v: 1, type, ts: now.toISOString() }
  return `${JSON.stringify({ ...head, ...fields })}\n`
}
