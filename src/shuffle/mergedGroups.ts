import type { BatchSource } from '../plan/batchSource.js'
import { hashKey } from '../plan/hashKey.js'
import { sameKey } from '../plan/sameKey.js'
import type { Combiner } from '../plan/taskHost.js'
import type { Entry } from './arrivalOrder.js'
import type { RunReader } from './runReader.js'
import { sizeOf } from './sizeOf.js'

const BATCH = 1024
const BATCH_BYTES = 4 << 20

/** Merges runs that are in the order of hashes: all entries of one hash come together, then equal keys among them. */
export class MergedGroups implements BatchSource<Entry> {
  readonly #hashes: Float64Array

  constructor(
    readonly runs: readonly RunReader[],
    readonly combiner: Combiner,
  ) {
    this.#hashes = Float64Array.from(runs, headHash)
  }

  next(): Entry[] | null {
    const { runs } = this
    const hashes = this.#hashes
    const entries: [unknown, unknown, number][] = []
    for (let bytes = 0; entries.length < BATCH && bytes < BATCH_BYTES; ) {
      let hash = Number.POSITIVE_INFINITY
      for (let at = 0; at < hashes.length; at++) if (hashes[at]! < hash) hash = hashes[at]!
      if (hash === Number.POSITIVE_INFINITY) break
      const from = entries.length
      // run by run, so that what came first is the left operand
      for (let at = 0; at < hashes.length; at++) {
        const run = runs[at]!
        while (hashes[at] === hash) {
          this.#take(entries, from, run.head as Entry)
          run.advance()
          hashes[at] = headHash(run)
        }
      }
      for (let i = from; i < entries.length; i++) bytes += sizeOf(entries[i]![1])
    }
    return entries.length > 0 ? entries : null
  }

  close(): void {}

  /** Adds an entry to that of its key, which is among those of the same hash if it was met before, and then came earlier. */
  #take(entries: [unknown, unknown, number][], from: number, [key, value, arrival]: Entry): void {
    for (let i = from; i < entries.length; i++) {
      const entry = entries[i]!
      if (!sameKey(entry[0], key)) continue
      entry[1] = this.combiner.mergeCombiners(entry[1], value)
      return
    }
    entries.push([key, value, arrival])
  }
}

function headHash(run: RunReader): number {
  return run.done ? Number.POSITIVE_INFINITY : hashKey((run.head as Entry)[0])
}
