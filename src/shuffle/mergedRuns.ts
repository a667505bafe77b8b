import type { BatchSource } from '../plan/batchSource.js'
import type { RunReader } from './runReader.js'

const BATCH = 1024

/** Merges sorted runs by a tree of losers (Knuth, volume 3, 5.4.1); of equal records the earlier run's comes first. */
export class MergedRuns implements BatchSource {
  readonly #losers: number[]
  #winner: number

  constructor(
    readonly runs: readonly RunReader[],
    readonly compare: (a: unknown, b: unknown) => number,
    readonly onClose: () => void,
  ) {
    this.#losers = new Array<number>(runs.length).fill(-1)
    this.#winner = -1
    for (let run = 0; run < runs.length; run++) this.#winner = this.#play(run)
  }

  next(): readonly unknown[] | null {
    const batch: unknown[] = []
    while (batch.length < BATCH) {
      const run = this.runs[this.#winner]
      if (!run || run.done) break
      batch.push(run.head)
      run.advance()
      this.#winner = this.#play(this.#winner)
    }
    return batch.length > 0 ? batch : null
  }

  close(): void {
    this.onClose()
  }

  /** Lets a run climb from its leaf; losers stay behind. */
  #play(run: number): number {
    let climbing = run
    for (let node = (run + this.runs.length) >> 1; node > 0; node >>= 1) {
      const other = this.#losers[node]!
      // while the tree is being filled the first to come waits here
      if (other < 0) {
        this.#losers[node] = climbing
        return -1
      }
      if (this.#before(other, climbing)) {
        this.#losers[node] = climbing
        climbing = other
      }
    }
    return climbing
  }

  #before(a: number, b: number): boolean {
    const [left, right] = [this.runs[a]!, this.runs[b]!]
    if (left.done || right.done) return !left.done || (right.done && a < b)
    const order = this.compare(left.head, right.head)
    return order === 0 ? a < b : order < 0
  }
}
