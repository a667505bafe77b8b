import { sizeOf } from './sizeOf.js'

const FIRST = 256
const SLICE_BYTES = 1 << 20
/** The end of a chain. */
export const NONE = -1

/**
 * The values of many groups in one array, chained by index: a group of one value, the commonest by far in joins, takes some
 * bytes and no array of its own.
 */
export class GroupChains {
  values: unknown[] = []
  #next: Int32Array = new Int32Array(FIRST)
  /** the first and last value of each group, by input */
  #heads: Int32Array[]
  #tails: Int32Array[]

  constructor(readonly inputs: number) {
    this.#heads = emptyColumns(inputs)
    this.#tails = emptyColumns(inputs)
  }

  get indexBytes(): number {
    return this.#next.byteLength + 2 * this.inputs * this.#heads[0]!.byteLength
  }

  /** Adds values from a place on, each to the group whose number `groups` has. */
  addAll(groups: Int32Array, size: number, input: number, given: readonly unknown[], from: number): void {
    const { values } = this
    const most = values.length + size
    if (most > this.#next.length) this.#next = larger(this.#next, most - 1)
    const next = this.#next
    let heads = this.#heads[input]!
    let tails = this.#tails[input]!
    for (let i = 0; i < size; i++) {
      const group = groups[i]!
      if (group >= heads.length) {
        this.#growGroups(group)
        heads = this.#heads[input]!
        tails = this.#tails[input]!
      }
      const at = values.push(given[from + i]) - 1
      next[at] = NONE
      const last = tails[group]!
      if (last === NONE) heads[group] = at
      else next[last] = at
      tails[group] = at
    }
  }

  /** The values of a group, a list an input. */
  group(group: number): unknown[][] {
    const sides = new Array<unknown[]>(this.inputs)
    for (let input = 0; input < this.inputs; input++) sides[input] = this.side(group, input)
    return sides
  }

  side(group: number, input: number): unknown[] {
    const side: unknown[] = []
    for (let at = this.#heads[input]![group]!; at !== NONE; at = this.#next[at]!) side.push(this.values[at])
    return side
  }

  /** The values of a group as `group` gives them, in as many parts as it takes to make none of them large. */
  *slices(group: number): Iterable<unknown[][]> {
    let sides: unknown[][] = Array.from({ length: this.inputs }, () => [])
    let bytes = 0
    for (let input = 0; input < this.inputs; input++) {
      for (let at = this.first(group, input); at !== NONE; at = this.after(at)) {
        sides[input]!.push(this.values[at])
        bytes += sizeOf(this.values[at])
        if (bytes < SLICE_BYTES) continue
        yield sides
        sides = sides.map(() => [])
        bytes = 0
      }
    }
    if (bytes > 0) yield sides
  }

  /** Where a group's chain of one input begins. */
  first(group: number, input: number): number {
    return this.#heads[input]![group]!
  }

  after(at: number): number {
    return at === NONE ? NONE : this.#next[at]!
  }

  value(at: number): unknown {
    return at === NONE ? undefined : this.values[at]
  }

  clear(): void {
    this.values = []
    this.#next = new Int32Array(FIRST)
    this.#heads = emptyColumns(this.inputs)
    this.#tails = emptyColumns(this.inputs)
  }

  #growGroups(group: number): void {
    this.#heads = this.#heads.map((column) => larger(column, group))
    this.#tails = this.#tails.map((column) => larger(column, group))
  }
}

function emptyColumns(inputs: number): Int32Array[] {
  return Array.from({ length: inputs }, () => new Int32Array(FIRST).fill(NONE))
}

function larger(column: Int32Array, index: number): Int32Array {
  const grown = new Int32Array(Math.max(index + 1, column.length * 2))
  grown.set(column)
  return grown.fill(NONE, column.length)
}
