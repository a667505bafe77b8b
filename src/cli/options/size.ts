import { InvalidArgumentError } from 'commander'

const UNITS: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }
const SMALLEST = 16 * 2 ** 20
const LARGEST = 64 * 2 ** 40

/** `400m`, `1g`, `2048` (a plain number is MiB) as bytes. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?)?$/i.exec(text.trim())
  if (!match) throw new InvalidArgumentError('a size is a number with k, m, g or t, or a plain number of MiB: 400m, 1g, 2048.')
  const bytes = Math.floor(Number(match[1]) * (UNITS[match[2]?.toLowerCase() ?? 'm'] ?? 1))
  if (bytes < SMALLEST) throw new InvalidArgumentError('the smallest size is 16m.')
  if (bytes > LARGEST) throw new InvalidArgumentError('the largest size is 64t.')
  return bytes
}
