import { durationOf, sizeOf } from './units.js'

/** One setting of an application: how its text is read, what it is without one, what it is for. */
export interface Setting<T> {
  readonly standard: T
  /** the standard value as a user would write it */
  readonly shown: string
  readonly about: string
  /** throws an Error that says what is allowed */
  parse(text: string): T
}

/** A whole number. */
export function count(standard: number, about: string, { least = 1, most = 2 ** 31 - 1 } = {}): Setting<number> {
  return {
    standard,
    shown: String(standard),
    about,
    parse(text) {
      const value = /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN
      if (value >= least && value <= most) return value
      throw new Error(`it is a whole number from ${least}${most === 2 ** 31 - 1 ? '' : ` to ${most}`}`)
    },
  }
}

/** Any number within bounds, both included. */
export function decimal(standard: number, about: string, { least = 0, most = Number.MAX_VALUE } = {}): Setting<number> {
  return {
    standard,
    shown: String(standard),
    about,
    parse(text) {
      const value = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN
      if (value >= least && value <= most) return value
      throw new Error(`it is a number from ${least}${most === Number.MAX_VALUE ? '' : ` to ${most}`}`)
    },
  }
}

/** `true` or `false`. */
export function flag(standard: boolean, about: string): Setting<boolean> {
  return {
    standard,
    shown: String(standard),
    about,
    parse(text) {
      const word = text.trim().toLowerCase()
      if (word === 'true' || word === 'false') return word === 'true'
      throw new Error('it is true or false')
    },
  }
}

/** Milliseconds; `shown` as a user would write them. */
export function duration(shown: string, about: string, { least = 0 } = {}): Setting<number> {
  return { standard: durationOf(shown, 0), shown, about, parse: (text) => durationOf(text, least) }
}

/** Bytes; `shown` as a user would write them. */
export function size(shown: string, about: string, { least = 0 } = {}): Setting<number> {
  return {
    standard: sizeOf(shown),
    shown,
    about,
    parse(text) {
      const bytes = sizeOf(text)
      if (bytes >= least) return bytes
      throw new Error(`the smallest size is ${least / 1024}k`)
    },
  }
}

/** One of some words, in any case. */
export function choice<const W extends string>(standard: W, words: readonly W[], about: string): Setting<W> {
  return {
    standard,
    shown: standard,
    about,
    parse(text) {
      const found = words.find((word) => word.toLowerCase() === text.trim().toLowerCase())
      if (found !== undefined) return found
      throw new Error(`it is one of ${words.join(', ')}`)
    },
  }
}

/** A setting that may be left open: then something else decides, as `shown` says. */
export function optional<T>(setting: Setting<T>, shown: string): Setting<T | undefined> {
  return { ...setting, standard: undefined, shown }
}
