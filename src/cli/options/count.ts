import { InvalidArgumentError } from 'commander'

/** A parser of whole numbers from `smallest` to `largest`. */
export function countParser(what: string, largest: number, smallest = 1): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN
    if (value >= smallest && value <= largest) return value
    throw new InvalidArgumentError(`${what} is a whole number from ${smallest} to ${largest}.`)
  }
}
