const BYTES = 1 << 18

/**
 * Memory for columns of numbers that are read once and then forgotten, such as those that rows are made of: a typed array of
 * its own for each would cost more than copying the numbers does. Used like a stack: what was taken after `mark` is free
 * again by `release`.
 */
export class NumberScratch {
  readonly #memory = new ArrayBuffer(BYTES)
  #at = 0

  mark(): number {
    return this.#at
  }

  release(mark: number): void {
    this.#at = mark
  }

  doubles(count: number): Float64Array {
    const at = this.#take(count * 8)
    return at < 0 ? new Float64Array(count) : new Float64Array(this.#memory, at, count)
  }

  int32s(count: number): Int32Array {
    const at = this.#take(count * 4)
    return at < 0 ? new Int32Array(count) : new Int32Array(this.#memory, at, count)
  }

  /** Where so many bytes begin, or -1: there is no room for them. */
  #take(bytes: number): number {
    const at = this.#at
    if (at + bytes > BYTES) return -1
    this.#at = at + Math.ceil(bytes / 8) * 8
    return at
  }
}
