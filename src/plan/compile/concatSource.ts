import type { BatchSource } from '../batchSource.js'
import type { Awaitable } from './after.js'

/** Several sources one after the other, each opened when its turn comes. */
export class ConcatSource implements BatchSource {
  #open: BatchSource | undefined
  #at = 0
  constructor(
    readonly openers: readonly (() => Awaitable<BatchSource>)[],
    readonly mayWait: boolean,
  ) {}
  next(): readonly unknown[] | null | Promise<readonly unknown[] | null> {
    for (;;) {
      if (!this.#open) {
        const opener = this.openers[this.#at]
        if (!opener) return null
        this.#at++
        const source = opener()
        if (source instanceof Promise) return source.then((opened) => this.#resume(opened))
        this.#open = source
      }
      const batch = this.#open.next()
      if (batch instanceof Promise) return batch.then((records) => records ?? this.#advance())
      if (batch !== null) return batch
      this.#close()
    }
  }
  close(): void {
    this.#at = this.openers.length
    this.#close()
  }
  async #resume(source: BatchSource): Promise<readonly unknown[] | null> {
    this.#open = source
    return await this.next()
  }
  async #advance(): Promise<readonly unknown[] | null> {
    this.#close()
    return await this.next()
  }
  #close(): void {
    this.#open?.close()
    this.#open = undefined
  }
}
