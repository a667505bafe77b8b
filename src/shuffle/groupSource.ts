import type { BatchSource } from '../plan/batchSource.js'
import type { GroupChains } from './groupChains.js'

const BATCH = 512
/** Values of one batch; a single group may have more. */
const BATCH_VALUES = 16 * 1024

/** Keys and their groups, made a batch at a time so that they live no longer than that. */
export class GroupSource implements BatchSource<[unknown, unknown[][]]> {
  #at = 0

  constructor(
    readonly keys: readonly unknown[],
    readonly chains: GroupChains,
    readonly onClose: () => void,
  ) {}

  next(): [unknown, unknown[][]][] | null {
    const { keys, chains } = this
    if (this.#at >= keys.length) return null
    const batch: [unknown, unknown[][]][] = []
    for (let values = 0; this.#at < keys.length && batch.length < BATCH && values < BATCH_VALUES; this.#at++) {
      const sides = chains.group(this.#at)
      for (const side of sides) values += side.length
      batch.push([keys[this.#at], sides])
    }
    return batch
  }

  close(): void {
    this.onClose()
  }
}
