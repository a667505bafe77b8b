import type { BatchSource } from '../batchSource.js'
import type { TaskHost } from '../taskHost.js'

/** The records of a source one by one, for user functions over partitions. The source must not wait. */
export class BatchIterator implements IterableIterator<unknown> {
  #batch: readonly unknown[] = []
  #index = 0
  #ended = false

  constructor(
    readonly source: BatchSource,
    readonly host: TaskHost,
  ) {}

  next(): IteratorResult<unknown> {
    while (this.#index >= this.#batch.length) {
      if (this.#ended) return { done: true, value: undefined }
      this.host.checkKilled()
      const batch = this.source.next()
      if (batch instanceof Promise) throw new Error('a source that waits was read without waiting')
      if (batch === null) {
        this.#end()
        return { done: true, value: undefined }
      }
      this.#batch = batch
      this.#index = 0
    }
    return { done: false, value: this.#batch[this.#index++] }
  }

  return(): IteratorResult<unknown> {
    this.#batch = []
    this.#end()
    return { done: true, value: undefined }
  }

  [Symbol.iterator](): this {
    return this
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.source.close()
  }
}
