import type { NumberTable } from '../numberTable.js'
import { compileValuesLoop, type ValuesLoop } from './valuesLoop.js'

type Create = (value: unknown) => unknown
type Merge = (combined: unknown, value: unknown) => unknown

/** Folds a batch of pairs into what is combined so far; an index that is not there yet is the next one. */
export interface CombineLoops {
  /** keys that the last task had in its table, and in that of numbers: the next one will have about as many */
  expected: number
  expectedNumbers: number
  /** values as the user gives them: those of `given` from `from` on, to the places in `indexes` */
  insert(combined: unknown[], given: readonly unknown[], from: number, indexes: Int32Array, size: number, create: Create, merge: Merge): void
  /** values that were combined elsewhere */
  merge(combined: unknown[], given: readonly unknown[], from: number, indexes: Int32Array, size: number, merge: Merge): void
  /** as `insert`, of numbers into a table that has room; ends early, with `odd`, at the first pair that gives no number. Gives where it ended. */
  insertNumbers(table: NumberTable, keys: Int32Array, values: Float64Array, from: number, to: number, create: Create, merge: Merge): number
  /** as `merge`, of numbers */
  mergeNumbers(table: NumberTable, keys: Int32Array, values: Float64Array, from: number, to: number, create: undefined, merge: Merge): number
  /** what the last pair of a loop that ended early gave, and the index of its key */
  odd: { index: number; value: unknown } | undefined
  /** combiners of values that nothing is merged into */
  readonly created: ValuesLoop
}

const CODE = `"use strict";
return {
  created,
  expected: 0,
  expectedNumbers: 0,
  odd: undefined,
  insert(combined, given, from, indexes, size, create, merge) {
    for (let i = 0; i < size; i++) {
      const index = indexes[i];
      if (index === combined.length) combined.push(create(given[from + i]));
      else combined[index] = merge(combined[index], given[from + i]);
    }
  },
  merge(combined, given, from, indexes, size, merge) {
    for (let i = 0; i < size; i++) {
      const index = indexes[i];
      if (index === combined.length) combined.push(given[from + i]);
      else combined[index] = merge(combined[index], given[from + i]);
    }
  },
  insertNumbers(table, keys, values, from, to, create, merge) { ${numberLoop('create(values[i])')} },
  mergeNumbers(table, keys, values, from, to, create, merge) { ${numberLoop('values[i]')} },
};`

/** See NumberTable for what cells are. @param first code for what the first value of a key gives */
function numberLoop(first: string): string {
  return `
    const { cells, numbers, mask } = table;
    for (let i = from; i < to; i++) {
      const key = keys[i];
      let h = Math.imul(key ^ (key >>> 16), 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      let slot = (h ^ (h >>> 16)) & mask;
      let index = cells[4 * slot + 1];
      while (index !== 0 && cells[4 * slot] !== key) {
        slot = (slot + 1) & mask;
        index = cells[4 * slot + 1];
      }
      const combined = index === 0 ? ${first} : merge(numbers[2 * slot + 1], values[i]);
      if (index === 0) index = table.take(key, slot);
      if (typeof combined !== 'number') {
        this.odd = { index: index - 1, value: combined };
        return i + 1;
      }
      numbers[2 * slot + 1] = combined;
    }
    return to;`
}

/** Compiles the loops afresh, so that their call sites know the functions of one stage alone and numbers need no boxes on their way. */
export function compileCombine(): CombineLoops {
  return new Function('created', CODE)(compileValuesLoop()) as CombineLoops
}
