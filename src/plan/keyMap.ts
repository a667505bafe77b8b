import { KeyTable } from './keyTable.js'

/** A map whose keys are compared by value, in the order of insertion. */
export class KeyMap<V> {
  readonly #table = new KeyTable()
  readonly #values: V[] = []

  get size(): number {
    return this.#table.size
  }

  get(key: unknown): V | undefined {
    const index = this.#table.find(key)
    return index < 0 ? undefined : this.#values[index]
  }

  has(key: unknown): boolean {
    return this.#table.find(key) >= 0
  }

  set(key: unknown, value: V): void {
    this.#values[this.#table.add(key)] = value
  }

  *entries(): IterableIterator<[unknown, V]> {
    for (const [index, key] of this.#table.keys.entries()) yield [key, this.#values[index]!]
  }
}
