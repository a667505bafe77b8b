import { cellsOf, spare } from './spareCells.js'

/** Strings of at most so many Latin-1 characters are held whole by three cells, their length included. */
export const LONGEST = 11
/** So few that they cost nothing where no string comes. */
const FIRST_SLOTS = 4
/** The part of the slots that may be taken. */
const FULL = 0.7
/** `find` gives for a string that is not there. */
const ABSENT = -1
/** `find` gives for a string that is too long or has other characters. */
export const NOT_SHORT = -2

/**
 * Indexes of short strings, found without looking at the strings themselves: a slot is four cells, three hold the characters
 * and the length, the last index + 1. To look a key up costs one miss of the processor's cache; by a hash it would cost that
 * one, one for the place of the key, and one for its characters.
 */
export class ShortStrings {
  #cells: Int32Array = new Int32Array(4 * FIRST_SLOTS)
  #mask = FIRST_SLOTS - 1
  #size = 0
  // what was looked for last, and where it belongs
  #first = 0
  #second = 0
  #third = 0
  #slot = 0

  /** The index of a string, `ABSENT` or `NOT_SHORT`. */
  find(text: string): number {
    const { length } = text
    if (length > LONGEST) return NOT_SHORT
    let first = 0
    let second = 0
    let third = length << 24
    let all = 0
    let i = 0
    for (const end = Math.min(4, length); i < end; i++) {
      const code = text.charCodeAt(i)
      all |= code
      first |= code << (8 * i)
    }
    for (const end = Math.min(8, length); i < end; i++) {
      const code = text.charCodeAt(i)
      all |= code
      second |= code << (8 * i - 32)
    }
    for (; i < length; i++) {
      const code = text.charCodeAt(i)
      all |= code
      third |= code << (8 * i - 64)
    }
    if (all > 255) return NOT_SHORT
    const cells = this.#cells
    const mask = this.#mask
    let slot = spread(first, second, third) & mask
    for (let index = cells[4 * slot + 3]!; index > 0; index = cells[4 * slot + 3]!) {
      const at = 4 * slot
      if (cells[at] === first && cells[at + 1] === second && cells[at + 2] === third) return index - 1
      slot = (slot + 1) & mask
    }
    this.#first = first
    this.#second = second
    this.#third = third
    this.#slot = slot
    return ABSENT
  }

  /** Adds the string for which `find` just gave `ABSENT`. */
  insert(index: number): void {
    const at = 4 * this.#slot
    const cells = this.#cells
    cells[at] = this.#first
    cells[at + 1] = this.#second
    cells[at + 2] = this.#third
    cells[at + 3] = index + 1
    if (++this.#size > FULL * this.#mask) this.#grow()
  }

  /** The indexes of all strings. */
  *indexes(): Iterable<number> {
    const cells = this.#cells
    for (let at = 3; at < cells.length; at += 4) if (cells[at]! > 0) yield cells[at]! - 1
  }

  #grow(): void {
    const old = this.#cells
    const cells = cellsOf(old.length * 2)
    const mask = 2 * this.#mask + 1
    for (let at = 0; at < old.length; at += 4) {
      if (old[at + 3] === 0) continue
      let slot = spread(old[at]!, old[at + 1]!, old[at + 2]!) & mask
      while (cells[4 * slot + 3] !== 0) slot = (slot + 1) & mask
      for (let i = 0; i < 4; i++) cells[4 * slot + i] = old[at + i]!
    }
    spare(old)
    this.#cells = cells
    this.#mask = mask
  }

  clear(): void {
    spare(this.#cells)
    this.#cells = new Int32Array(4 * FIRST_SLOTS)
    this.#mask = FIRST_SLOTS - 1
    this.#size = 0
  }
}

function spread(first: number, second: number, third: number): number {
  let h = Math.imul(first ^ Math.imul(second ^ Math.imul(third, 0x9e3779b1), 0x85ebca6b), 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 15), 0x27d4eb2f)
  return h ^ (h >>> 15)
}
