import { hashKey, hashString } from './hashKey.js'
import { ownString } from './ownString.js'
import { sameKey } from './sameKey.js'
import { LONGEST, NOT_SHORT, ShortStrings } from './shortStrings.js'
import { cellsOf, spare } from './spareCells.js'

const FIRST_SLOTS = 128
/** Shorter strings are never slices of others. */
const SLICED = 13
/** Of so many new keys the hash of one is kept in the sample. */
export const SAMPLED = 32
/** Keys that `addAll` takes at most. */
export const BATCH = 1024
/** The part of the slots that may be taken. */
export const FULL = 0.7

/** hashes of the keys of a batch */
const batch = new Int32Array(BATCH)
/** what was read ahead for them */
const seen = new Int32Array(BATCH)

/**
 * Keys by value in the order of their insertion, each with an index from 0: the base of every map by key. Open addressing
 * over a typed array, so it grows far past the limit of a Map; what belongs to a key lies in the user's own array. A
 * slot is two cells, hash and index + 1, next to each other: a look-up that misses the processor's cache does so once, and
 * the look-ups of a batch do so at the same time. Short strings are in a table of their own.
 */
export class KeyTable {
  readonly keys = anyList()
  #cells: Int32Array
  #mask: number
  #most: number
  /** keys in the cells */
  #filled = 0
  #onlyInts = true
  /** short strings have a table of their own, made at once: a branch for the first one would be compiled as never taken */
  readonly #short = new ShortStrings()
  /** hashes of one new key in SAMPLED: which ones they are does not depend on when the table was cleared */
  sample: number[] = []

  /** @param expected how many keys will come, about: room for them is made before */
  constructor(expected = 0) {
    let slots = FIRST_SLOTS
    while (slots * FULL < expected) slots *= 2
    this.#cells = cellsOf(slots * 2)
    this.#mask = slots - 1
    this.#most = slots * FULL
  }

  get size(): number {
    return this.keys.length
  }

  /** Keys that are in the table itself: short strings are not. */
  get filled(): number {
    return this.#filled
  }

  /** The index of a key, or -1. */
  find(key: unknown): number {
    if (typeof key === 'string') {
      const index = this.#short.find(key)
      if (index !== NOT_SHORT) return index
    }
    const hash = hashKey(key)
    const cells = this.#cells
    for (let slot = spread(hash) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const index = cells[2 * slot + 1]! - 1
      if (index < 0) return -1
      if (cells[2 * slot] === hash && sameKey(this.keys[index], key)) return index
    }
  }

  /** The index of a key; a new key gets the next one, which is the size before. */
  add(key: unknown): number {
    if (typeof key === 'string') return key.length > LONGEST ? this.#addLong(key, hashString(key)) : this.#addShort(key)
    return this.#onlyInts && typeof key === 'number' && (key | 0) === key ? this.#addInt(key, hashKey(key)) : this.#addOther(key)
  }

  /** As `add`, for `count` keys from a place on: `indexes` gets theirs. */
  addAll(keys: readonly unknown[], from: number, count: number, indexes: Int32Array): void {
    let done = 0
    if (this.#onlyInts) done = this.#addInts(keys, from, count, indexes)
    if (done < count && typeof keys[from + done] === 'string') done = this.#addStrings(keys, from, done, count, indexes)
    for (let i = done; i < count; i++) indexes[i] = this.add(keys[from + i])
  }

  /** As `addAll`, for keys that are 32-bit integers. */
  addInts(keys: Int32Array, from: number, count: number, indexes: Int32Array): void {
    if (!this.#onlyInts) {
      for (let i = 0; i < count; i++) indexes[i] = this.add(keys[from + i])
      return
    }
    for (let i = 0; i < count; i++) batch[i] = hashKey(keys[from + i])
    this.#readAhead(count)
    for (let i = 0; i < count; i++) indexes[i] = this.#addInt(keys[from + i]!, batch[i]!)
  }

  /** The hashes of all keys by index. */
  hashes(): Int32Array {
    const hashes = new Int32Array(this.keys.length)
    const cells = this.#cells
    for (let at = 0; at < cells.length; at += 2) if (cells[at + 1]! > 0) hashes[cells[at + 1]! - 1] = cells[at]!
    for (const index of this.#short.indexes()) hashes[index] = hashString(this.keys[index] as string)
    return hashes
  }

  clear(): void {
    this.keys.length = 0
    spare(this.#cells)
    this.#cells = new Int32Array(FIRST_SLOTS * 2)
    this.#mask = FIRST_SLOTS - 1
    this.#most = FIRST_SLOTS * FULL
    this.#filled = 0
    this.#onlyInts = true
    this.#short.clear()
  }

  /** Adds keys as long as they are 32-bit integers; gives how many were. */
  #addInts(keys: readonly unknown[], from: number, count: number, indexes: Int32Array): number {
    let size = 0
    for (; size < count; size++) {
      const key = keys[from + size]
      if (typeof key !== 'number' || (key | 0) !== key) break
      batch[size] = hashKey(key)
    }
    this.#readAhead(size)
    for (let i = 0; i < size; i++) indexes[i] = this.#addInt(keys[from + i] as number, batch[i]!)
    return size
  }

  /** Reads the slots of a batch: none of these looks waits for another, so the processor fetches many of them at once. */
  #readAhead(size: number): void {
    const cells = this.#cells
    const mask = this.#mask
    for (let i = 0; i < size; i++) seen[i] = cells[2 * (spread(batch[i]!) & mask)]!
  }

  /** Adds keys from `at` on as long as they are strings; gives where it ended. */
  #addStrings(keys: readonly unknown[], from: number, at: number, count: number, indexes: Int32Array): number {
    let to = at
    const cells = this.#cells
    const mask = this.#mask
    for (; to < count; to++) {
      const key = keys[from + to]
      if (typeof key !== 'string') break
      if (key.length <= LONGEST) continue
      const hash = hashString(key)
      batch[to] = hash
      seen[to] = cells[2 * (spread(hash) & mask)]!
    }
    for (let i = at; i < to; i++) {
      const key = keys[from + i] as string
      indexes[i] = key.length > LONGEST ? this.#addLong(key, batch[i]!) : this.#addShort(key)
    }
    return to
  }

  #addShort(key: string): number {
    const index = this.#short.find(key)
    if (index >= 0) return index
    const hash = hashString(key)
    if (index === NOT_SHORT) return this.#addLong(key, hash)
    this.#onlyInts = false
    this.#short.insert(this.keys.length)
    return this.#push(key, hash)
  }

  #addLong(key: string, hash: number): number {
    this.#onlyInts = false
    const { keys } = this
    const cells = this.#cells
    const mask = this.#mask
    let slot = spread(hash) & mask
    for (let index = cells[2 * slot + 1]!; index > 0; index = cells[2 * slot + 1]!) {
      if (cells[2 * slot] === hash && keys[index - 1] === key) return index - 1
      slot = (slot + 1) & mask
    }
    return this.#insert(key.length >= SLICED ? ownString(key) : key, hash, slot)
  }

  /** Among 32-bit integers equal hashes are equal keys: the key itself, one more miss of the cache, is not looked at. */
  #addInt(key: number, hash: number): number {
    const cells = this.#cells
    const mask = this.#mask
    let slot = spread(hash) & mask
    for (let index = cells[2 * slot + 1]!; index > 0; index = cells[2 * slot + 1]!) {
      if (cells[2 * slot] === hash) return index - 1
      slot = (slot + 1) & mask
    }
    return this.#insert(key, hash, slot)
  }

  #addOther(key: unknown): number {
    this.#onlyInts = false
    const hash = hashKey(key)
    const { keys } = this
    const cells = this.#cells
    const mask = this.#mask
    let slot = spread(hash) & mask
    for (let index = cells[2 * slot + 1]!; index > 0; index = cells[2 * slot + 1]!) {
      if (cells[2 * slot] === hash && sameKey(keys[index - 1], key)) return index - 1
      slot = (slot + 1) & mask
    }
    return this.#insert(key, hash, slot)
  }

  #insert(key: unknown, hash: number, slot: number): number {
    const index = this.#push(key, hash)
    this.#cells[2 * slot] = hash
    this.#cells[2 * slot + 1] = index + 1
    if (++this.#filled >= this.#most) this.#grow()
    return index
  }

  #push(key: unknown, hash: number): number {
    if (hash % SAMPLED === 0) this.sample.push(hash)
    return this.keys.push(key) - 1
  }

  #grow(): void {
    const old = this.#cells
    const cells = cellsOf(old.length * 2)
    const mask = old.length - 1
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] === 0) continue
      let slot = spread(old[at]!) & mask
      while (cells[2 * slot + 1] !== 0) slot = (slot + 1) & mask
      cells[2 * slot] = old[at]!
      cells[2 * slot + 1] = old[at + 1]!
    }
    spare(old)
    this.#cells = cells
    this.#mask = mask
    this.#most = (mask + 1) * FULL
  }
}

/** An empty list of anything. A literal begins as one of small integers: code compiled for that is lost at the first string. */
function anyList(): unknown[] {
  const list: unknown[] = ['']
  list.pop()
  return list
}

/** Partitions are chosen by the hash itself: within one its low bits repeat, so the table mixes it once more. */
function spread(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
