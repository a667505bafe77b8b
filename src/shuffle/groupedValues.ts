import type { PairColumns } from '../plan/batchSource.js'
import { arrayOf, intsOf } from '../plan/numberPairs.js'
import { sizeOf } from './sizeOf.js'

const FIRST = 256
const SLICE_BYTES = 1 << 20
const SAMPLE = 24

/**
 * The values of many groups as they come, beside the number of the group of each; put in order by counting when the last
 * has come. Nothing is kept for each group but where it begins: a group of one value, the commonest by far in joins, takes
 * some bytes and no array of its own. Numbers lie in an array of their kind as long as there is nothing else.
 */
export class GroupedValues {
  #values: unknown[] = []
  #numbers: Float64Array | undefined
  #size = 0
  #groups: Int32Array = new Int32Array(FIRST)
  /** whether they came in the order of their groups, as those of distinct keys do */
  #inOrder = true
  #last = 0
  #starts: Int32Array = new Int32Array(1)
  /** where the value of each place is; numbers are moved instead */
  #order: Int32Array | undefined
  /** numbers in order, when all of them are 32-bit integers */
  #ints: Int32Array | undefined

  /** About how much memory they take, by a sample. */
  get bytes(): number {
    const index = 2 * this.#groups.byteLength
    // twice: once more while they are put in order
    if (this.#numbers) return index + 2 * this.#numbers.byteLength
    if (this.#size === 0) return 0
    let sampled = 0
    for (let i = 0; i < SAMPLE; i++) sampled += sizeOf(this.#values[Math.floor(((i + Math.random()) * this.#size) / SAMPLE)])
    return index + this.#size * (sampled / SAMPLE + 8)
  }

  /** Adds values from a place on, each to the group whose number `groups` has. */
  add(groups: Int32Array, size: number, pairs: PairColumns, from: number): void {
    const base = this.#size
    this.#size += size
    if (this.#size > this.#groups.length) this.#groups = larger(this.#groups, new Int32Array(roomFor(this.#size, this.#groups)))
    this.#groups.set(groups.subarray(0, size), base)
    for (let i = 0; i < size && this.#inOrder; i++) {
      this.#inOrder = groups[i]! >= this.#last
      this.#last = groups[i]!
    }
    if (pairs.numbers && (base === 0 || this.#numbers)) this.#addNumbers(pairs.numbers.values, from, size, base)
    else this.#addAny(pairs.values, from, size)
  }

  /** After the last value: finds where each of so many groups is. */
  seal(groups: number): void {
    const size = this.#size
    const own = this.#groups
    const starts = new Int32Array(groups + 1)
    for (let at = 0; at < size; at++) starts[own[at]! + 1]!++
    for (let group = 0; group < groups; group++) starts[group + 1]! += starts[group]!
    this.#starts = starts
    if (this.#numbers) this.#orderNumbers(this.#numbers.subarray(0, size), starts)
    else if (!this.#inOrder) {
      const order = new Int32Array(size)
      const next = starts.slice()
      for (let at = 0; at < size; at++) order[next[own[at]!]!++] = at
      this.#order = order
    }
    this.#groups = new Int32Array(0)
  }

  /** Where the values of a group begin; they end where those of the next one do. */
  start(group: number): number {
    return this.#starts[group]!
  }

  /** A value by its place among those in order. */
  at(place: number): unknown {
    if (this.#ints) return this.#ints[place]
    if (this.#numbers) return this.#numbers[place]
    return this.#values[this.#order === undefined ? place : this.#order[place]!]
  }

  /** The values of some groups, each as an array. */
  lists(from: number, to: number): unknown[][] {
    const starts = this.#starts
    const first = starts[from]!
    // by push, so that V8 knows that there are no holes
    const flat: unknown[] = []
    for (let place = first; place < starts[to]!; place++) flat.push(this.at(place))
    const lists: unknown[][] = []
    // a slice has just the room it needs
    for (let group = from; group < to; group++) lists.push(flat.slice(starts[group]! - first, starts[group + 1]! - first))
    return lists
  }

  /** The values of one group in as many arrays as it takes to make none of them large; at least one. */
  *slices(group: number): Iterable<unknown[]> {
    let slice: unknown[] = []
    let bytes = 0
    for (let place = this.start(group); place < this.start(group + 1); place++) {
      if (bytes >= SLICE_BYTES) {
        yield slice
        slice = []
        bytes = 0
      }
      slice.push(this.at(place))
      bytes += sizeOf(slice.at(-1))
    }
    yield slice
  }

  clear(): void {
    this.#values = []
    this.#numbers = undefined
    this.#ints = undefined
    this.#size = 0
    this.#groups = new Int32Array(FIRST)
    this.#inOrder = true
    this.#last = 0
    this.#starts = new Int32Array(1)
    this.#order = undefined
  }

  #addNumbers(given: Float64Array, from: number, size: number, base: number): void {
    this.#numbers ??= new Float64Array(FIRST)
    if (this.#size > this.#numbers.length) this.#numbers = larger(this.#numbers, new Float64Array(roomFor(this.#size, this.#numbers)))
    this.#numbers.set(given.subarray(from, from + size), base)
  }

  #addAny(given: readonly unknown[], from: number, size: number): void {
    if (this.#numbers) {
      this.#values = arrayOf(this.#numbers.subarray(0, this.#size - size))
      this.#numbers = undefined
    }
    const values = this.#values
    for (let i = 0; i < size; i++) values.push(given[from + i])
  }

  #orderNumbers(numbers: Float64Array, starts: Int32Array): void {
    const ints = intsOf(numbers)
    const own = this.#groups
    if (this.#inOrder) {
      this.#ints = ints
      this.#numbers = numbers
      return
    }
    const next = starts.slice()
    // writing anywhere waits for nothing, as reading from anywhere would
    if (ints) {
      const ordered = new Int32Array(ints.length)
      for (let at = 0; at < ordered.length; at++) ordered[next[own[at]!]!++] = ints[at]!
      this.#ints = ordered
      this.#numbers = undefined
    } else {
      const ordered = new Float64Array(numbers.length)
      for (let at = 0; at < ordered.length; at++) ordered[next[own[at]!]!++] = numbers[at]!
      this.#numbers = ordered
    }
  }
}

function roomFor(size: number, { length }: { length: number }): number {
  return Math.max(size, length * 2)
}

function larger<A extends Int32Array | Float64Array>(array: A, empty: A): A {
  empty.set(array)
  return empty
}
