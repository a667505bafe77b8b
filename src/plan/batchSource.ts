/**
 * Records of one partition, a batch at a time: the one shape in which data moves between sources, shuffle, cache and
 * the generated loops. `next` gives null at the end; it gives a promise only when it really has to wait.
 * A batch belongs to the caller until the following `next`; it may be reused after that.
 */
export interface BatchSource<T = unknown> {
  next(): readonly T[] | null | Promise<readonly T[] | null>
  /** true: `next` can give promises, so that a synchronous reader has to buffer first */
  readonly mayWait?: boolean
  /** Frees files and memory; called once, also after an early end. */
  close(): void
}

/** Keys and values side by side: the shape in which pairs move between shuffle and keyed steps, without an array for each. */
export interface PairColumns {
  readonly keys: readonly unknown[]
  readonly values: readonly unknown[]
  /** the same pairs once more, where they are known to be numbers */
  readonly numbers?: NumberColumns | undefined
}

/** Pairs whose keys are 32-bit integers, none of them -0, and whose values are numbers. */
export interface NumberColumns {
  readonly keys: Int32Array
  readonly values: Float64Array
}

/** Records as text in UTF-8, a line end behind each; valid until the following call. */
export interface Lines {
  readonly bytes: Uint8Array
  readonly count: number
}

/** A source of pairs that also gives them as columns; a reader uses one of its ways. */
export interface PairSource extends BatchSource<[unknown, unknown]> {
  nextPairs(): PairColumns | null | Promise<PairColumns | null>
  /** one side of each pair as lines, from a source that has bytes and would make strings for this alone */
  nextLines?(side: 'keys' | 'values'): Lines | null
}

export function isPairSource(source: BatchSource): source is PairSource {
  return 'nextPairs' in source
}
