import { setOwn } from './payload.js'

/** What lies deeper is remembered, so that a cycle ends; above, to look twice costs less than remembering everything. */
const TRACKED_FROM = 6

/**
 * Puts arrays of numbers in the place of those that V8's deserializer made: it leaves every number of an array in a box of
 * its own and takes the array for one with holes, so that code that reads or sums them is several times slower than in
 * the driver. An array that is met in several places stays one.
 */
export function packNumbers(value: unknown): unknown {
  return new NumberPacker().pack(value)
}

class NumberPacker {
  readonly #packed = new Map<unknown[], unknown[]>()
  readonly #seen = new Set<object>()
  readonly #waiting: object[] = []

  pack(value: unknown): unknown {
    const result = this.#take(value, 0)
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) this.#takeMembers(next, TRACKED_FROM)
    return result
  }

  /** What is to stand where `member` stands. */
  #take(member: unknown, depth: number): unknown {
    if (typeof member !== 'object' || member === null) return member
    if (Array.isArray(member) && (member.length === 0 || typeof member[0] === 'number' || this.#packed.has(member))) {
      const packed = this.#packed.get(member) ?? packedCopy(member)
      if (packed) {
        // what holds it may be looked at twice: then the new one is met
        this.#packed.set(member, packed).set(packed, packed)
        return packed
      }
    }
    if (depth < TRACKED_FROM) this.#takeMembers(member, depth)
    else if (!this.#seen.has(member)) {
      this.#seen.add(member)
      this.#waiting.push(member)
    }
    return member
  }

  #takeMembers(container: object, depth: number): void {
    if (Array.isArray(container)) {
      for (let i = 0; i < container.length; i++) {
        const member: unknown = container[i]
        if (typeof member !== 'object' || member === null) continue
        const taken = this.#take(member, depth + 1)
        if (taken !== member) container[i] = taken
      }
    } else if (Object.getPrototypeOf(container) === Object.prototype) {
      for (const key of Object.keys(container)) {
        const member = (container as Record<string, unknown>)[key]
        if (typeof member !== 'object' || member === null) continue
        const taken = this.#take(member, depth + 1)
        if (taken !== member) setOwn(container, key, taken)
      }
    } else if (container instanceof Map) {
      const entries = [...container].map(([key, member]): [unknown, unknown] => [this.#take(key, depth + 1), this.#take(member, depth + 1)])
      if (entries.every(([key, member]) => container.has(key) && container.get(key) === member)) return
      container.clear()
      for (const [key, member] of entries) container.set(key, member)
    } else if (container instanceof Set) {
      const members = [...container].map((member) => this.#take(member, depth + 1))
      if (members.every((member) => container.has(member))) return
      container.clear()
      for (const member of members) container.add(member)
    }
  }
}

/** Undefined if not all elements are numbers. Pushed one by one it never has a hole; `slice` gives back what pushing took too much. */
function packedCopy(array: unknown[]): unknown[] | undefined {
  const grown: number[] = []
  for (let i = 0; i < array.length; i++) {
    const element = array[i]
    if (typeof element !== 'number') return undefined
    grown.push(element)
  }
  const copy: unknown[] = grown.slice()
  // without its elements it has only members that are none
  array.length = 0
  for (const key of Object.keys(array)) setOwn(copy, key, (array as unknown as Record<string, unknown>)[key])
  // whoever is not looked at may hold it still
  for (let i = 0; i < copy.length; i++) array[i] = copy[i]
  return copy
}
