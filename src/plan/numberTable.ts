import type { NumberColumns } from './batchSource.js'
import { hashKey } from './hashKey.js'
import { FULL, SAMPLED } from './keyTable.js'
import { cellsOf, spare } from './spareCells.js'

const FIRST_SLOTS = 128
/** cells of a slot: key, index + 1, and two that are the number */
const CELLS = 4

/**
 * What is combined by key where keys are 32-bit integers and combined values are numbers: a `KeyTable` whose values lie
 * beside their keys, so that a look-up that misses the processor's cache does so once. The loops of a stage fill it.
 */
export class NumberTable {
  cells: Int32Array
  /** the same memory: the number of a slot is the second of its two */
  numbers: Float64Array
  mask: number
  size = 0
  /** hashes of one new key in SAMPLED, as in a KeyTable */
  sample: number[] = []

  /** @param expected how many keys will come, about */
  constructor(expected = 0) {
    const slots = slotsFor(expected, FIRST_SLOTS)
    this.cells = cellsOf(slots * CELLS)
    this.numbers = numbersOf(this.cells)
    this.mask = slots - 1
  }

  /** What it takes with so many keys more, in bytes. */
  bytesWith(more: number): number {
    return slotsFor(this.size + more, this.mask + 1) * CELLS * 4
  }

  /** Makes room for so many keys more. */
  reserve(more: number): void {
    const slots = slotsFor(this.size + more, this.mask + 1)
    if (slots > this.mask + 1) this.#grow(slots)
  }

  /** Puts a new key into a slot that is free; gives its index + 1. */
  take(key: number, slot: number): number {
    this.cells[CELLS * slot] = key
    this.cells[CELLS * slot + 1] = ++this.size
    const hash = hashKey(key)
    if (hash % SAMPLED === 0) this.sample.push(hash)
    return this.size
  }

  /** Keys in the order of their arrival, with their numbers. */
  columns(): NumberColumns {
    const { cells, numbers } = this
    const keys = new Int32Array(this.size)
    const values = new Float64Array(this.size)
    for (let at = 0; at < cells.length; at += CELLS) {
      const index = cells[at + 1]! - 1
      if (index < 0) continue
      keys[index] = cells[at]!
      values[index] = numbers[(at >> 1) + 1]!
    }
    return { keys, values }
  }

  /** Gives its memory back; nothing may be looked up any more. */
  close(): void {
    spare(this.cells)
  }

  clear(): void {
    this.close()
    this.cells = new Int32Array(FIRST_SLOTS * CELLS)
    this.numbers = numbersOf(this.cells)
    this.mask = FIRST_SLOTS - 1
    this.size = 0
  }

  #grow(slots: number): void {
    const old = this.cells
    const oldNumbers = this.numbers
    const cells = cellsOf(slots * CELLS)
    const numbers = numbersOf(cells)
    const mask = slots - 1
    for (let at = 0; at < old.length; at += CELLS) {
      if (old[at + 1] === 0) continue
      let slot = slotOf(old[at]!, mask)
      while (cells[CELLS * slot + 1] !== 0) slot = (slot + 1) & mask
      cells[CELLS * slot] = old[at]!
      cells[CELLS * slot + 1] = old[at + 1]!
      numbers[2 * slot + 1] = oldNumbers[(at >> 1) + 1]!
    }
    spare(old)
    this.cells = cells
    this.numbers = numbers
    this.mask = mask
  }
}

/** Where the search for a key begins; the generated loops do the same. */
function slotOf(key: number, mask: number): number {
  let h = Math.imul(key ^ (key >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) & mask
}

function slotsFor(keys: number, least: number): number {
  let slots = least
  while (slots * FULL < keys) slots *= 2
  return slots
}

function numbersOf(cells: Int32Array): Float64Array {
  return new Float64Array(cells.buffer, cells.byteOffset, cells.length / 2)
}
