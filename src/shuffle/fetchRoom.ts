/** Brings outputs one after the other. */
interface Stream {
  /** what it brings now is not its next: it holds that already */
  readonly isAhead: boolean
}

interface Waiting {
  readonly stream: Stream
  readonly bytes: number
  enter(fits: boolean): void
  fail(error: Error): void
}

/** What is further ahead than the next output of each stream may fill this share: lest what is wanted sooner goes to files. */
const AHEAD = 1 / 2
/** How much more the stream may hold whose turn it is, for small segments not to go to files: one part in so many of the whole. */
const EXTRA = 16

/**
 * Bounds what one reader holds of other hosts' outputs (spark.reducer.maxSizeInFlight). What is larger than all of it goes
 * to a file, and so does what the stream brings whose turn it is when the others have the room: it never waits, so that
 * the others, which do, cannot hold it up.
 */
export class FetchRoom {
  #used = 0
  #turn: Stream | undefined
  #waiting: Waiting[] = []
  #closed = false

  constructor(readonly total: number) {}

  /** Waits until a stream may hold so many bytes more; false: they have to go to a file. */
  enter(stream: Stream, bytes: number): Promise<boolean> | boolean {
    if (this.#closed) throw new Error('nothing is read any more')
    return this.#decide(stream, bytes) ?? new Promise((enter, fail) => this.#waiting.push({ stream, bytes, enter, fail }))
  }

  /** What was held has been read. */
  leave(bytes: number): void {
    this.#used -= bytes
    this.#letIn()
  }

  /** A stream's output is wanted now; undefined: nobody waits for any. */
  setTurn(stream: Stream | undefined): void {
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
  #decide(stream: Stream, bytes: number): boolean | undefined {
    const hasTurn = stream === this.#turn
    const isAhead = stream.isAhead && !hasTurn
    if (this.#used + bytes <= this.total * (hasTurn ? 1 + 1 / EXTRA : isAhead ? AHEAD : 1)) {
      this.#used += bytes
      return true
    }
    return hasTurn || (bytes > this.total && !isAhead) ? false : undefined
  }
}
