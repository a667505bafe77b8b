/** Folds a batch of pairs into what is combined so far; an index that is not there yet is the next one. */
export interface CombineLoops {
  /** keys that the last task met: the next one will meet about as many */
  expected: number
  /** values as the user gives them: those of `given` from `from` on, to the places in `indexes` */
  insert(
    combined: unknown[],
    given: readonly unknown[],
    from: number,
    indexes: Int32Array,
    size: number,
    create: (value: unknown) => unknown,
    merge: (combined: unknown, value: unknown) => unknown,
  ): void
  /** values that were combined elsewhere */
  merge(combined: unknown[], given: readonly unknown[], from: number, indexes: Int32Array, size: number, merge: (a: unknown, b: unknown) => unknown): void
}

const CODE = `"use strict";
return {
  expected: 0,
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
};`

/** Compiles the loops afresh, so that their call sites know the functions of one stage alone and numbers need no boxes on their way. */
export function compileCombine(): CombineLoops {
  return new Function(CODE)() as CombineLoops
}
