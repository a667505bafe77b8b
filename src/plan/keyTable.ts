import { hashKey, hashString } from './hashKey.js'
import { sameKey } from './sameKey.js'

const FIRST_SLOTS = 64
/** Strings of this length may be slices that keep the text they were cut from alive. */
const SLICED = 13

/**
 * Keys by value in the order of their insertion, each with an index from 0: the base of every map by key. Open addressing
 * over typed arrays, so it grows far past the limit of a Map; what belongs to a key lies in the user's own array.
 */
export class KeyTable {
  readonly keys: unknown[] = []
  #hashes = new Int32Array(FIRST_SLOTS)
  #slots = new Int32Array(FIRST_SLOTS * 2).fill(-1)
  #mask = FIRST_SLOTS * 2 - 1

  get size(): number {
    return this.keys.length
  }

  /** The index of a key, or -1. */
  find(key: unknown): number {
    const hash = hashKey(key)
    for (let slot = spread(hash) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const index = this.#slots[slot]!
      if (index < 0) return -1
      if (this.#hashes[index] === hash && sameKey(this.keys[index], key)) return index
    }
  }

  /** The index of a key; a new key gets the next one, which is the size before. */
  add(key: unknown): number {
    if (typeof key === 'string') return this.#addString(key)
    const hash = hashKey(key)
    let slot = spread(hash) & this.#mask
    for (let index = this.#slots[slot]!; index >= 0; index = this.#slots[slot]!) {
      if (this.#hashes[index] === hash && sameKey(this.keys[index], key)) return index
      slot = (slot + 1) & this.#mask
    }
    return this.#insert(key, hash, slot)
  }

  hashAt(index: number): number {
    return this.#hashes[index]!
  }

  clear(): void {
    this.keys.length = 0
    this.#hashes = new Int32Array(FIRST_SLOTS)
    this.#slots = new Int32Array(FIRST_SLOTS * 2).fill(-1)
    this.#mask = FIRST_SLOTS * 2 - 1
  }

  #addString(key: string): number {
    const hash = hashString(key)
    const { keys } = this
    const hashes = this.#hashes
    const slots = this.#slots
    const mask = this.#mask
    let slot = spread(hash) & mask
    for (let index = slots[slot]!; index >= 0; index = slots[slot]!) {
      if (hashes[index] === hash && keys[index] === key) return index
      slot = (slot + 1) & mask
    }
    return this.#insert(key.length >= SLICED ? ownString(key) : key, hash, slot)
  }

  #insert(key: unknown, hash: number, slot: number): number {
    const index = this.keys.push(key) - 1
    if (index >= this.#hashes.length) {
      const hashes = new Int32Array(this.#hashes.length * 2)
      hashes.set(this.#hashes)
      this.#hashes = hashes
    }
    this.#hashes[index] = hash
    this.#slots[slot] = index
    if (this.keys.length * 2 > this.#slots.length) this.#grow()
    return index
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1)
    const mask = slots.length - 1
    for (let index = 0; index < this.keys.length; index++) {
      let slot = spread(this.#hashes[index]!) & mask
      while (slots[slot]! >= 0) slot = (slot + 1) & mask
      slots[slot] = index
    }
    this.#slots = slots
    this.#mask = mask
  }
}

/** Partitions are chosen by the hash itself: within one the low bits repeat, so the table uses others. */
function spread(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> 7
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const scratch = new Uint8Array(3 * 1024)

/** A string with memory of its own. */
export function ownString(text: string): string {
  if (text.length > 1024 || !text.isWellFormed()) return text
  return decoder.decode(scratch.subarray(0, encoder.encodeInto(text, scratch).written))
}
