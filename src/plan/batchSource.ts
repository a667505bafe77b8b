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
