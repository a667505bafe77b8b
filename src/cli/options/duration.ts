import { InvalidArgumentError } from 'commander'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }
/** the longest delay a timer of Node can hold */
const LONGEST = 2 ** 31 - 1

/** `500ms`, `5s`, `2m`, `5` (a plain number is seconds) as milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)?$/i.exec(text.trim())
  if (!match) throw new InvalidArgumentError('a duration is a number with ms, s, m or h, or a plain number of seconds: 500ms, 5s, 2m.')
  const ms = Number(match[1]) * (UNITS[match[2]?.toLowerCase() ?? 's'] ?? 1)
  if (ms < 1) throw new InvalidArgumentError('the shortest duration is 1ms.')
  if (ms > LONGEST) throw new InvalidArgumentError('the longest duration is 24d.')
  return Math.round(ms)
}
