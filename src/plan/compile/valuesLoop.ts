import type { PairColumns } from '../batchSource.js'
import { NumberPairs } from '../numberPairs.js'

/** Applies a function to each value of a column. */
export interface ValuesLoop {
  map(values: readonly unknown[], fn: (value: unknown) => unknown): unknown[]
  /** of numbers: numbers again, or from the first value that is none an array of all */
  mapNumbers(values: Float64Array, fn: (value: unknown) => unknown): Float64Array | unknown[]
}

const CODE = `"use strict";
return {
  map(values, fn) {
    const mapped = new Array(values.length);
    for (let i = 0; i < values.length; i++) mapped[i] = fn(values[i]);
    return mapped;
  },
  mapNumbers(values, fn) {
    const mapped = new Float64Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const value = fn(values[i]);
      if (typeof value !== 'number') {
        const others = Array.from(mapped.subarray(0, i));
        others.push(value);
        while (others.length < values.length) others.push(fn(values[others.length]));
        return others;
      }
      mapped[i] = value;
    }
    return mapped;
  },
};`

/** Compiles the loops afresh, so that their call sites know one function alone. */
export function compileValuesLoop(): ValuesLoop {
  return new Function(CODE)() as ValuesLoop
}

/** The same keys with values that a function gives. */
export function mapValues(pairs: PairColumns, loop: ValuesLoop, fn: (value: unknown) => unknown): PairColumns {
  if (!pairs.numbers) return { keys: pairs.keys, values: loop.map(pairs.values, fn) }
  const values = loop.mapNumbers(pairs.numbers.values, fn)
  return values instanceof Float64Array ? new NumberPairs({ keys: pairs.numbers.keys, values }) : { keys: pairs.keys, values }
}
