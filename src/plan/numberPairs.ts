import type { NumberColumns, PairColumns } from './batchSource.js'

/** Pairs of numbers in memory of their own kind; arrays are made when somebody asks for them. */
export class NumberPairs implements PairColumns {
  #keys: readonly unknown[] | undefined
  #values: readonly unknown[] | undefined

  constructor(readonly numbers: NumberColumns) {}

  get keys(): readonly unknown[] {
    this.#keys ??= arrayOf(this.numbers.keys)
    return this.#keys
  }

  get values(): readonly unknown[] {
    this.#values ??= arrayOf(this.numbers.values)
    return this.#values
  }
}

/** The numbers in an array; Array.from would go by the iterator. */
export function arrayOf(numbers: Int32Array | Float64Array): number[] {
  const array = new Array<number>(numbers.length)
  for (let i = 0; i < array.length; i++) array[i] = numbers[i]!
  return array
}

/** How many pairs there are, without making arrays of numbers. */
export function countOf(pairs: PairColumns): number {
  return pairs.numbers ? pairs.numbers.keys.length : pairs.keys.length
}

/** Some of the pairs. */
export function slicePairs(pairs: PairColumns, from: number, to: number): PairColumns {
  const { numbers } = pairs
  if (numbers) return new NumberPairs({ keys: numbers.keys.subarray(from, to), values: numbers.values.subarray(from, to) })
  return { keys: pairs.keys.slice(from, to), values: pairs.values.slice(from, to) }
}
