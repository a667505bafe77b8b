import type { BatchSource } from '../plan/batchSource.js'
import type { GroupedValues } from './groupedValues.js'

const BATCH = 512
/** Values of one batch; a single group may have more. */
const BATCH_VALUES = 16 * 1024

/** Keys and their groups, made a batch at a time so that they live no longer than that. */
export class GroupSource implements BatchSource<[unknown, unknown[][]]> {
  #at = 0

  constructor(
    readonly keys: readonly unknown[],
    readonly sides: readonly GroupedValues[],
    readonly onClose: () => void,
  ) {}

  next(): [unknown, unknown[][]][] | null {
    const { keys, sides } = this
    const from = this.#at
    if (from >= keys.length) return null
    let to = from
    for (let values = 0; to < keys.length && to - from < BATCH && values < BATCH_VALUES; to++) {
      for (const side of sides) values += side.start(to + 1) - side.start(to)
    }
    this.#at = to
    const lists = sides.map((side) => side.lists(from, to))
    const batch: [unknown, unknown[][]][] = []
    for (let i = 0; i < to - from; i++) {
      const groups: unknown[][] = []
      for (const list of lists) groups.push(list[i]!)
      batch.push([keys[from + i], groups])
    }
    return batch
  }

  close(): void {
    this.onClose()
  }
}
