const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }
const SIZES: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }
/** the longest delay a timer of Node can hold */
const LONGEST = 2 ** 31 - 1

/** `500ms`, `5s`, `2m`, `5` (a plain number is seconds) as milliseconds; throws an Error that says what is allowed. */
export function durationOf(text: string, shortest = 1): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)?$/i.exec(text.trim())
  if (!match) throw new Error('a duration is a number with ms, s, m or h, or a plain number of seconds: 500ms, 5s, 2m')
  const ms = Number(match[1]) * (DURATIONS[match[2]?.toLowerCase() ?? 's'] ?? 1)
  if (ms < shortest) throw new Error(`the shortest duration is ${shortest}ms`)
  if (ms > LONGEST) throw new Error('the longest duration is 24d')
  return Math.round(ms)
}

/** `400m`, `1g`, `2048` (a plain number is MiB) as bytes; throws an Error that says what is allowed. */
export function sizeOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?)?$/i.exec(text.trim())
  if (!match) throw new Error('a size is a number with k, m, g or t, or a plain number of MiB: 400m, 1g, 2048')
  return Math.floor(Number(match[1]) * (SIZES[match[2]?.toLowerCase() ?? 'm'] ?? 1))
}
