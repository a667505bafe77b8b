import { KeyMap } from '../plan/keyMap.js'
import type { Column } from './column.js'

/** One key of so many is looked at; a multiple of no common batch size, so that periods in the data do not show. */
const STEP = 509
/** Fewer looks say nothing. */
const LEAST_LOOKS = 64
const MOST_KEYS = 3
const LEAST_SHARE = 0.1
const MOST_CHARACTERS = 40

/** Which keys fill a partition, from a sample of what its task reads. */
export class HotKeys {
  readonly #looks = new KeyMap<number>()
  #count = 0
  #records = 0
  #next = 0

  observe(keys: Column): void {
    for (; this.#next < keys.length; this.#next += STEP) {
      const key = keys.get(this.#next)
      this.#looks.set(key, (this.#looks.get(key) ?? 0) + 1)
      this.#count++
    }
    this.#next -= keys.length
    this.#records += keys.length
  }

  /** The keys with a large share of the records, the largest first, and about how many records each has. */
  top(): { key: string; records: number }[] {
    if (this.#count < LEAST_LOOKS) return []
    return [...this.#looks.entries()]
      .filter(([, looks]) => looks >= LEAST_SHARE * this.#count)
      .sort(([, a], [, b]) => b - a)
      .slice(0, MOST_KEYS)
      .map(([key, looks]) => ({ key: shown(key), records: Math.round((looks / this.#count) * this.#records) }))
  }
}

function shown(key: unknown): string {
  const text = typeof key === 'bigint' ? `${key}n` : typeof key === 'number' || key === undefined ? String(key) : JSON.stringify(key)
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`
}
