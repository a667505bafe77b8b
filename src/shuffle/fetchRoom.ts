interface Waiting {
  readonly stream: object
  readonly bytes: number
  enter(fits: boolean): void
  fail(error: Error): void
}

/** How much more the stream may hold whose turn it is, for small segments not to go to files: one part in so many of the whole. */
const EXTRA = 16

/**
 * Bounds what one reader holds of other hosts' outputs (spark.reducer.maxSizeInFlight). What is larger than all of it goes
 * to a file, and so does what the stream brings whose turn it is when the others have the room: it never waits, so that
 * the others, which do, cannot hold it up.
 */
export class FetchRoom {
  #used = 0
  #turn: object | undefined
  #waiting: Waiting[] = []
  #closed = false

  constructor(readonly total: number) {}

  /** Waits until a stream may hold so many bytes more; false: they have to go to a file. */
  enter(stream: object, bytes: number): Promise<boolean> | boolean {
    if (this.#closed) throw new Error('nothing is read any more')
    return this.#decide(stream, bytes) ?? new Promise((enter, fail) => this.#waiting.push({ stream, bytes, enter, fail }))
  }

  /** What was held has been read. */
  leave(bytes: number): void {
    this.#used -= bytes
    this.#letIn()
  }

  /** A stream's output is wanted now; undefined: nobody waits for any. */
  setTurn(stream: object | undefined): void {
    this.#turn = stream
    this.#letIn()
  }

  close(): void {
    this.#closed = true
    for (const { fail } of this.#waiting.splice(0)) fail(new Error('nothing is read any more'))
  }

  #letIn(): void {
    this.#waiting = this.#waiting.filter(({ stream, bytes, enter }) => {
      const fits = this.#decide(stream, bytes)
      if (fits !== undefined) enter(fits)
      return fits === undefined
    })
  }

  /** undefined: it has to wait */
  #decide(stream: object, bytes: number): boolean | undefined {
    const hasTurn = stream === this.#turn
    if (this.#used + bytes <= this.total + (hasTurn ? this.total / EXTRA : 0)) {
      this.#used += bytes
      return true
    }
    return hasTurn || bytes > this.total ? false : undefined
  }
}
