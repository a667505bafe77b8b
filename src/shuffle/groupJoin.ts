import type { BatchSource } from '../plan/batchSource.js'
import type { JoinKind } from '../plan/taskHost.js'
import type { GroupedValues } from './groupedValues.js'

const BATCH = 4096
type Joined = [unknown, [unknown, unknown]]

/** The pairs of two sides whose groups are in memory, without an array for any group; a large group comes in several batches. */
export class GroupJoin implements BatchSource<Joined> {
  #group = 0
  /** how many pairs of the group were given already */
  #given = 0
  readonly #leftOptional: boolean
  readonly #rightOptional: boolean

  constructor(
    readonly keys: readonly unknown[],
    readonly left: GroupedValues,
    readonly right: GroupedValues,
    kind: JoinKind,
    readonly onClose: () => void,
  ) {
    this.#leftOptional = kind === 'right' || kind === 'full'
    this.#rightOptional = kind === 'left' || kind === 'full'
  }

  next(): Joined[] | null {
    const { keys, left, right } = this
    const batch: Joined[] = []
    for (; this.#group < keys.length; this.#group++) {
      const group = this.#group
      const [leftStart, leftEnd] = [left.start(group), left.start(group + 1)]
      const [rightStart, rightEnd] = [right.start(group), right.start(group + 1)]
      // a side without values counts as one missing value in outer joins
      const lefts = leftEnd - leftStart || (this.#leftOptional ? 1 : 0)
      const rights = rightEnd - rightStart || (this.#rightOptional ? 1 : 0)
      const all = lefts * rights
      for (; this.#given < all; this.#given++) {
        if (batch.length >= BATCH) return batch
        const l = rights === 1 ? this.#given : Math.floor(this.#given / rights)
        const value = leftStart + l < leftEnd ? left.at(leftStart + l) : undefined
        const r = this.#given - l * rights
        batch.push([keys[group], [value, rightStart + r < rightEnd ? right.at(rightStart + r) : undefined]])
      }
      this.#given = 0
    }
    return batch.length > 0 ? batch : null
  }

  close(): void {
    this.onClose()
  }
}
