import { setOwn } from './payload.js'

/**
 * Puts arrays of numbers in the place of those that V8's deserializer made: it leaves every number of an array in a box of
 * its own and takes the array for one with holes, so that code that reads or sums them is several times slower than in
 * the driver. An array that is met in several places stays one, unless one of the places is a member of an array that is
 * no element of it: looking for those would cost a third of all reading, for numbers that are right either way.
 */
export function packNumbers(value: unknown): unknown {
  return new NumberPacker().pack(value)
}

class NumberPacker {
  readonly #packed = new Map<unknown[], unknown[]>()
  readonly #seen = new Set<object>()
  readonly #waiting: object[] = []

  pack(value: unknown): unknown {
    const result = this.#take(value)
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) this.#takeMembers(next)
    return result
  }

  /** What is to stand where `member` stands; its own members are looked at later. */
  #take(member: unknown): unknown {
    if (typeof member !== 'object' || member === null || this.#seen.has(member)) return member
    if (Array.isArray(member)) {
      const packed = this.#packed.get(member) ?? this.#packedCopy(member)
      if (packed) return packed
    }
    this.#seen.add(member)
    this.#waiting.push(member)
    return member
  }

  #takeMembers(container: object): void {
    if (Array.isArray(container)) {
      for (let i = 0; i < container.length; i++) {
        const member: unknown = container[i]
        if (typeof member !== 'object' || member === null) continue
        const taken = this.#take(member)
        if (taken !== member) container[i] = taken
      }
    } else if (Object.getPrototypeOf(container) === Object.prototype) this.#takeNamed(container, Object.keys(container))
    else if (container instanceof Map) {
      const entries = [...container].map(([key, member]): [unknown, unknown] => [this.#take(key), this.#take(member)])
      if (entries.every(([key, member]) => container.has(key) && container.get(key) === member)) return
      container.clear()
      for (const [key, member] of entries) container.set(key, member)
    } else if (container instanceof Set) {
      const members = [...container].map((member) => this.#take(member))
      if (members.every((member) => container.has(member))) return
      container.clear()
      for (const member of members) container.add(member)
    }
  }

  #takeNamed(container: object, keys: readonly string[]): void {
    for (const key of keys) {
      const member = (container as Record<string, unknown>)[key]
      if (typeof member !== 'object' || member === null) continue
      const taken = this.#take(member)
      if (taken !== member) setOwn(container, key, taken)
    }
  }

  /** Undefined if not all elements are numbers. Pushed one by one it never has a hole; `slice` gives back what pushing took too much. */
  #packedCopy(array: unknown[]): unknown[] | undefined {
    // a literal would remember what kind of numbers the arrays before had
    const grown = Array.of<number>()
    for (let i = 0; i < array.length; i++) {
      const element = array[i]
      if (typeof element !== 'number') return undefined
      grown.push(element)
    }
    const copy: unknown[] = grown.slice()
    this.#packed.set(array, copy)
    this.#seen.add(copy)
    // without its elements it has only members that are none
    array.length = 0
    const names = Object.keys(array)
    for (const key of names) setOwn(copy, key, (array as unknown as Record<string, unknown>)[key])
    this.#takeNamed(copy, names)
    // whoever is not looked at may hold it still
    for (let i = 0; i < copy.length; i++) array[i] = copy[i]
    return copy
  }
}
