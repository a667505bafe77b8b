interface Waiting {
  readonly stream: object
  readonly bytes: number
  enter(): void
  fail(error: Error): void
}

/**
 * Bounds what one reader has fetched ahead of its turn (spark.reducer.maxSizeInFlight). The stream whose turn it is never
 * waits, so that the others, which do, cannot hold it up.
 */
export class FetchRoom {
  #used = 0
  #turn: object | undefined
  #waiting: Waiting[] = []
  #closed = false

  constructor(readonly total: number) {}

  /** Waits until a stream may hold so many bytes more. */
  enter(stream: object, bytes: number): Promise<void> | undefined {
    if (this.#closed) throw new Error('nothing is read any more')
    if (this.#fits(stream, bytes)) {
      this.#used += bytes
      return undefined
    }
    return new Promise((enter, fail) => this.#waiting.push({ stream, bytes, enter, fail }))
  }

  /** What was held has been given on. */
  leave(bytes: number): void {
    this.#used -= bytes
    this.#letIn()
  }

  /** A stream's output is wanted now. */
  setTurn(stream: object): void {
    this.#turn = stream
    this.#letIn()
  }

  close(): void {
    this.#closed = true
    for (const { fail } of this.#waiting.splice(0)) fail(new Error('nothing is read any more'))
  }

  #letIn(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const each of waiting) {
      if (this.#fits(each.stream, each.bytes)) {
        this.#used += each.bytes
        each.enter()
      } else this.#waiting.push(each)
    }
  }

  #fits(stream: object, bytes: number): boolean {
    return stream === this.#turn || this.#used === 0 || this.#used + bytes <= this.total
  }
}
