import type { PairColumns } from '../plan/batchSource.js'
import { hashKey } from '../plan/hashKey.js'
import { sameKey } from '../plan/sameKey.js'
import type { Combiner } from '../plan/taskHost.js'
import { ColumnSource } from './columnSource.js'
import type { RunReader } from './runReader.js'
import { sizeOf } from './sizeOf.js'

const BATCH = 1024
const BATCH_BYTES = 4 << 20

/** Merges runs that are in the order of hashes: all entries of one hash come together, then equal keys among them. */
export class MergedGroups extends ColumnSource {
  readonly #hashes: Float64Array

  constructor(
    readonly runs: readonly RunReader[],
    readonly combiner: Combiner,
    readonly onClose: () => void,
  ) {
    super()
    this.#hashes = Float64Array.from(runs, headHash)
  }

  nextPairs(): PairColumns | null {
    const { runs } = this
    const hashes = this.#hashes
    const keys: unknown[] = []
    const values: unknown[] = []
    for (let bytes = 0; keys.length < BATCH && bytes < BATCH_BYTES; ) {
      let hash = Number.POSITIVE_INFINITY
      for (let at = 0; at < hashes.length; at++) if (hashes[at]! < hash) hash = hashes[at]!
      if (hash === Number.POSITIVE_INFINITY) break
      const from = keys.length
      // run by run, so that what came first is the left operand
      for (let at = 0; at < hashes.length; at++) {
        const run = runs[at]!
        while (hashes[at] === hash) {
          const [key, value] = run.head as [unknown, unknown]
          this.#take(keys, values, from, key, value)
          run.advance()
          hashes[at] = headHash(run)
        }
      }
      for (let i = from; i < keys.length; i++) bytes += sizeOf(values[i])
    }
    return keys.length > 0 ? { keys, values } : null
  }

  close(): void {
    this.onClose()
  }

  /** Adds a value to its key, which is among those of the same hash if it was met before. */
  #take(keys: unknown[], values: unknown[], from: number, key: unknown, value: unknown): void {
    for (let i = from; i < keys.length; i++) {
      if (!sameKey(keys[i], key)) continue
      values[i] = this.combiner.mergeCombiners(values[i], value)
      return
    }
    keys.push(key)
    values.push(value)
  }
}

function headHash(run: RunReader): number {
  return run.done ? Number.POSITIVE_INFINITY : hashKey((run.head as [unknown, unknown])[0])
}
