import type { BatchSource } from '../plan/batchSource.js'
import type { JoinKind } from '../plan/taskHost.js'

type Joined = [unknown, [unknown, unknown]]
const BATCH = 4096
const MISSING: readonly unknown[] = [undefined]
const NOTHING: readonly unknown[] = []

/** The pairs of two grouped sides; a key with many values on both sides comes in several batches. */
export class JoinSource implements BatchSource<Joined> {
  #groups: readonly [unknown, unknown[][]][] = []
  #group = 0
  /** the next value of the left side of a group whose product is larger than a batch */
  #left = 0
  #right = 0

  constructor(
    readonly source: BatchSource<[unknown, unknown[][]]>,
    readonly kind: JoinKind,
  ) {}

  next(): Joined[] | null {
    const batch: Joined[] = []
    for (;;) {
      while (this.#group < this.#groups.length) {
        if (!this.#take(this.#groups[this.#group]!, batch)) return batch
        this.#group++
      }
      if (batch.length > 0) return batch
      // a cogrouper never waits
      const groups = this.source.next() as readonly [unknown, unknown[][]][] | null
      if (groups === null) return null
      this.#groups = groups
      this.#group = 0
    }
  }

  close(): void {
    this.source.close()
  }

  /** Adds the pairs of a group; false: the batch is full and there are more. */
  #take([key, sides]: [unknown, unknown[][]], batch: Joined[]): boolean {
    const left = this.#side(sides[0]!, this.kind === 'right' || this.kind === 'full')
    const right = this.#side(sides[1]!, this.kind === 'left' || this.kind === 'full')
    for (; this.#left < left.length; this.#left++) {
      const value = left[this.#left]
      for (; this.#right < right.length; this.#right++) {
        if (batch.length >= BATCH) return false
        batch.push([key, [value, right[this.#right]]])
      }
      this.#right = 0
    }
    this.#left = 0
    return true
  }

  /** A side without values counts as one missing value in outer joins, as none in others. */
  #side(values: readonly unknown[], isOptional: boolean): readonly unknown[] {
    if (values.length > 0) return values
    return isOptional ? MISSING : NOTHING
  }
}
