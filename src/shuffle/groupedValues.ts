import { sizeOf } from './sizeOf.js'

const FIRST = 256
const SLICE_BYTES = 1 << 20

/**
 * The values of many groups as they come, beside the number of the group of each; put in order by counting when the last
 * has come. Nothing is kept for each group but where it begins: a group of one value, the commonest by far in joins, takes
 * some bytes and no array of its own.
 */
export class GroupedValues {
  values: unknown[] = []
  #groups: Int32Array = new Int32Array(FIRST)
  /** whether they came in the order of their groups, as those of distinct keys do */
  #inOrder = true
  #last = 0
  #starts: Int32Array = new Int32Array(1)
  #order: Int32Array | undefined

  get indexBytes(): number {
    return 2 * this.#groups.byteLength
  }

  /** Adds values from a place on, each to the group whose number `groups` has. */
  add(groups: Int32Array, size: number, given: readonly unknown[], from: number): void {
    const { values } = this
    const base = values.length
    if (base + size > this.#groups.length) this.#groups = larger(this.#groups, base + size)
    const own = this.#groups
    let last = this.#last
    let inOrder = this.#inOrder
    for (let i = 0; i < size; i++) {
      const group = groups[i]!
      inOrder = inOrder && group >= last
      last = group
      own[base + i] = group
      values.push(given[from + i])
    }
    this.#last = last
    this.#inOrder = inOrder
  }

  /** After the last value: finds where each of so many groups is. */
  seal(groups: number): void {
    const size = this.values.length
    const own = this.#groups
    const starts = new Int32Array(groups + 1)
    for (let at = 0; at < size; at++) starts[own[at]! + 1]!++
    for (let group = 0; group < groups; group++) starts[group + 1]! += starts[group]!
    if (!this.#inOrder) {
      const order = new Int32Array(size)
      const next = starts.slice()
      for (let at = 0; at < size; at++) order[next[own[at]!]!++] = at
      this.#order = order
    }
    this.#starts = starts
    this.#groups = new Int32Array(0)
  }

  /** Where the values of a group begin; they end where those of the next one do. */
  start(group: number): number {
    return this.#starts[group]!
  }

  /** A value by its place among those in order. */
  at(place: number): unknown {
    return this.values[this.#order === undefined ? place : this.#order[place]!]
  }

  /** The values of some groups, each as an array. */
  lists(from: number, to: number): unknown[][] {
    const starts = this.#starts
    const first = starts[from]!
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
    this.values = []
    this.#groups = new Int32Array(FIRST)
    this.#inOrder = true
    this.#last = 0
    this.#starts = new Int32Array(1)
    this.#order = undefined
  }
}

function larger(array: Int32Array, size: number): Int32Array {
  const grown = new Int32Array(Math.max(size, array.length * 2))
  grown.set(array)
  return grown
}
