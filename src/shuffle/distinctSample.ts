import type { NumberColumns } from '../plan/batchSource.js'
import { hashKey } from '../plan/hashKey.js'
import { KeyTable, SAMPLED } from '../plan/keyTable.js'

/** How many different keys a task met, about: of one hash in SAMPLED it is known whether it was there. What was spilled when makes no difference. */
export class DistinctSample {
  readonly #met = new KeyTable()

  get count(): number {
    return this.#met.size * SAMPLED
  }

  /** Keys that are in no table yet. */
  observe({ keys }: NumberColumns): void {
    for (let i = 0; i < keys.length; i++) {
      const hash = hashKey(keys[i])
      if (hash % SAMPLED === 0) this.#met.add(hash)
    }
  }

  /** Hashes that are in the sample. */
  add(hashes: readonly number[]): void {
    for (let i = 0; i < hashes.length; i++) this.#met.add(hashes[i]!)
  }
}
