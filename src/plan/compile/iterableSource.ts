import { TsparkError } from '../../events/tsparkError.js'
import type { BatchSource } from '../batchSource.js'

const BATCH = 1024

/** The records that a user function over a partition gave: an array, an iterable or an async iterable. */
export function iterableSource(value: unknown, operation: string, onClose: () => void): BatchSource {
  if (Array.isArray(value)) return new ArraySource(value, onClose)
  const iterable = value as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined
  if (typeof iterable?.[Symbol.iterator] === 'function') return new IteratorSource(iterable[Symbol.iterator]!(), onClose)
  if (typeof iterable?.[Symbol.asyncIterator] === 'function') return new AsyncIteratorSource(iterable[Symbol.asyncIterator]!(), onClose)
  onClose()
  throw new TsparkError('TSPARK_ARGUMENT', `${operation}: the function must give an iterable, not ${value === null ? 'null' : typeof value}`, {
    hint: 'return an array, a generator or another iterable',
  })
}

/** An array as one source, in batches. */
export class ArraySource implements BatchSource {
  #at = 0
  constructor(
    readonly records: readonly unknown[],
    readonly onClose: () => void = () => {},
  ) {}
  next(): readonly unknown[] | null {
    if (this.#at >= this.records.length) return null
    const from = this.#at
    this.#at = from + BATCH
    return from === 0 && this.records.length <= 2 * BATCH ? this.#all() : this.records.slice(from, from + BATCH)
  }
  close(): void {
    this.onClose()
  }
  #all(): readonly unknown[] {
    this.#at = this.records.length
    return this.records
  }
}

class IteratorSource implements BatchSource {
  #done = false
  constructor(
    readonly iterator: Iterator<unknown>,
    readonly onClose: () => void,
  ) {}
  next(): readonly unknown[] | null {
    if (this.#done) return null
    const batch: unknown[] = []
    while (batch.length < BATCH) {
      const { done, value } = this.iterator.next()
      if (done) {
        this.#done = true
        break
      }
      batch.push(value)
    }
    return batch.length > 0 ? batch : null
  }
  close(): void {
    if (!this.#done) {
      this.#done = true
      this.iterator.return?.()
    }
    this.onClose()
  }
}

class AsyncIteratorSource implements BatchSource {
  readonly mayWait = true
  #done = false
  constructor(
    readonly iterator: AsyncIterator<unknown>,
    readonly onClose: () => void,
  ) {}
  async next(): Promise<readonly unknown[] | null> {
    if (this.#done) return null
    const batch: unknown[] = []
    while (batch.length < BATCH) {
      const { done, value } = await this.iterator.next()
      if (done) {
        this.#done = true
        break
      }
      batch.push(value)
    }
    return batch.length > 0 ? batch : null
  }
  close(): void {
    if (!this.#done) {
      this.#done = true
      // a generator that is still waiting ends when it can; nobody reads what it gives
      this.iterator.return?.().catch(() => {})
    }
    this.onClose()
  }
}
