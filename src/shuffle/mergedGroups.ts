import type { BatchSource } from '../plan/batchSource.js'
import { hashKey } from '../plan/hashKey.js'
import { sameKey } from '../plan/sameKey.js'
import type { Combiner } from '../plan/taskHost.js'
import type { RunReader } from './runReader.js'
import { sizeOf } from './sizeOf.js'

const BATCH = 1024
const BATCH_BYTES = 4 << 20

/** Merges runs that are in the order of hashes: all entries of one hash come together, then equal keys among them. */
export class MergedGroups implements BatchSource<[unknown, unknown]> {
  readonly #hashes: Float64Array

  constructor(
    readonly runs: readonly RunReader[],
    readonly combiner: Combiner,
    readonly onClose: () => void,
  ) {
    this.#hashes = Float64Array.from(runs, headHash)
  }

  next(): [unknown, unknown][] | null {
    const { runs } = this
    const hashes = this.#hashes
    const batch: [unknown, unknown][] = []
    for (let bytes = 0; batch.length < BATCH && bytes < BATCH_BYTES; ) {
      let hash = Number.POSITIVE_INFINITY
      for (let at = 0; at < hashes.length; at++) if (hashes[at]! < hash) hash = hashes[at]!
      if (hash === Number.POSITIVE_INFINITY) break
      const from = batch.length
      // run by run, so that what came first is the left operand
      for (let at = 0; at < hashes.length; at++) {
        const run = runs[at]!
        while (hashes[at] === hash) {
          this.#take(batch, from, run.head as [unknown, unknown])
          run.advance()
          hashes[at] = headHash(run)
        }
      }
      for (let i = from; i < batch.length; i++) bytes += sizeOf(batch[i]![1])
    }
    return batch.length > 0 ? batch : null
  }

  close(): void {
    this.onClose()
  }

  #take(batch: [unknown, unknown][], from: number, pair: [unknown, unknown]): void {
    for (let i = from; i < batch.length; i++) {
      const known = batch[i]!
      if (!sameKey(known[0], pair[0])) continue
      known[1] = this.combiner.mergeCombiners(known[1], pair[1])
      return
    }
    batch.push(pair)
  }
}

function headHash(run: RunReader): number {
  return run.done ? Number.POSITIVE_INFINITY : hashKey((run.head as [unknown, unknown])[0])
}
