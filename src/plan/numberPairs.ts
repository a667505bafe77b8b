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

/** The numbers in an array as a program would have made it: whole numbers are none that were doubles. Array.from would go by the iterator. */
export function arrayOf(numbers: Int32Array | Float64Array): number[] {
  const exact = numbers instanceof Float64Array ? (intsOf(numbers) ?? numbers) : numbers
  const array = new Array<number>(exact.length)
  for (let i = 0; i < array.length; i++) array[i] = exact[i]!
  return array
}

/** The same numbers as 32-bit integers, if all of them are; -0 is none. */
export function intsOf(numbers: Float64Array): Int32Array | undefined {
  const ints = new Int32Array(numbers.length)
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!
    if ((number | 0) !== number || (number === 0 && 1 / number < 0)) return undefined
    ints[i] = number
  }
  return ints
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
