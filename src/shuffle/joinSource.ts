import type { BatchSource } from '../plan/batchSource.js'
import type { Group, JoinKind } from '../plan/taskHost.js'

type Joined = [unknown, [unknown, unknown]]
const BATCH = 4096
const MISSING: readonly unknown[] = [undefined]
const NOTHING: readonly unknown[] = []

/** The pairs of two grouped sides that were spilled; a key with many values on both sides comes in several batches. */
export class JoinSource implements BatchSource<Joined> {
  readonly #pairs: Iterator<Joined>

  constructor(
    readonly source: BatchSource<[unknown, Group[]]>,
    readonly kind: JoinKind,
  ) {
    this.#pairs = this.#join()
  }

  next(): Joined[] | null {
    const batch: Joined[] = []
    while (batch.length < BATCH) {
      const { done, value } = this.#pairs.next()
      if (done) break
      batch.push(value)
    }
    return batch.length > 0 ? batch : null
  }

  close(): void {
    this.source.close()
  }

  *#join(): Generator<Joined, undefined> {
    for (;;) {
      // a cogrouper never waits
      const groups = this.source.next() as readonly [unknown, Group[]][] | null
      if (groups === null) return undefined
      for (const [key, [left, right]] of groups) {
        const others = this.#side(right!, this.kind === 'left' || this.kind === 'full')
        for (const value of this.#side(left!, this.kind === 'right' || this.kind === 'full')) {
          for (const other of others) yield [key, [value, other]]
        }
      }
    }
  }

  /** A side without values counts as one missing value in outer joins, as none in others. */
  #side(values: Group, isOptional: boolean): Iterable<unknown> {
    if (values.length > 0) return values
    return isOptional ? MISSING : NOTHING
  }
}
