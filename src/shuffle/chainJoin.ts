import type { BatchSource } from '../plan/batchSource.js'
import type { JoinKind } from '../plan/taskHost.js'
import { type GroupChains, NONE } from './groupChains.js'

const BATCH = 4096
/** before the first value of a group */
const START = -2

/** The pairs of two sides whose groups are in memory, without an array for any group; a large group comes in several batches. */
export class ChainJoin implements BatchSource<[unknown, [unknown, unknown]]> {
  #group = 0
  /** where a group whose product is larger than a batch goes on */
  #left = START
  #right = START
  readonly #leftOptional: boolean
  readonly #rightOptional: boolean

  constructor(
    readonly keys: readonly unknown[],
    readonly chains: GroupChains,
    kind: JoinKind,
    readonly onClose: () => void,
  ) {
    this.#leftOptional = kind === 'right' || kind === 'full'
    this.#rightOptional = kind === 'left' || kind === 'full'
  }

  next(): [unknown, [unknown, unknown]][] | null {
    const { keys } = this
    const batch: [unknown, [unknown, unknown]][] = []
    while (this.#group < keys.length && batch.length < BATCH) {
      if (this.#take(keys[this.#group], batch)) this.#group++
    }
    return batch.length > 0 ? batch : null
  }

  close(): void {
    this.onClose()
  }

  /** Adds pairs of the group; false: the batch is full and there are more. */
  #take(key: unknown, batch: [unknown, [unknown, unknown]][]): boolean {
    const { chains } = this
    const group = this.#group
    const first = chains.first(group, 1)
    let left = this.#left === START ? chains.first(group, 0) : this.#left
    if ((left === NONE && !this.#leftOptional) || (first === NONE && !this.#rightOptional)) return true
    // a side without values counts as one missing value
    do {
      const value = chains.value(left)
      let right = this.#right === START ? first : this.#right
      do {
        if (batch.length >= BATCH) {
          this.#left = left
          this.#right = right
          return false
        }
        batch.push([key, [value, chains.value(right)]])
        right = chains.after(right)
      } while (right !== NONE)
      this.#right = START
      left = chains.after(left)
    } while (left !== NONE)
    this.#left = START
    return true
  }
}
