import type { PairColumns, PairSource } from '../plan/batchSource.js'
import { type CombineLoops, compileCombine } from '../plan/compile/combineLoops.js'
import { BATCH, KeyTable, SAMPLED } from '../plan/keyTable.js'
import type { Aggregator, Combiner } from '../plan/taskHost.js'
import { ArrivalOrder, type Entry } from './arrivalOrder.js'
import { EntrySource } from './entrySource.js'
import { hashOrder } from './hashOrder.js'
import { MemoryWatch } from './memoryWatch.js'
import { MergedGroups } from './mergedGroups.js'
import { sizeOf } from './sizeOf.js'
import type { SpillOptions } from './spillOptions.js'
import { SpillRuns } from './spillRuns.js'
import { TableSource } from './tableSource.js'

/** Two cells of a table that is half full, and the array cells of one entry; bytes. */
const ENTRY_BYTES = 48
const SAMPLE = 24

/** the index of each key of a batch */
const indexes = new Int32Array(BATCH)

/** Combines values by key in memory; when there is none left, entries go to disk in the order of their hashes and are merged at the end. Keys come out in the order of their arrival either way. */
export function createAggregator({ combiner, ...options }: SpillOptions & { combiner: Combiner }): HashAggregator {
  return new HashAggregator(combiner, options)
}

export class HashAggregator implements Aggregator {
  readonly #combiner: Combiner
  readonly #loops: CombineLoops
  readonly #table: KeyTable
  #values: unknown[] = []
  readonly #runs: SpillRuns
  readonly #watch: MemoryWatch
  /** the entry that was found to be the largest: a sample would miss it */
  #heaviest = 0
  /** entries that went to disk */
  #gone = 0
  /** hashes of the sampled keys that were met */
  readonly #met = new Set<number>()
  readonly #arrivals: ArrivalOrder

  constructor(combiner: Combiner, options: SpillOptions) {
    this.#combiner = combiner
    this.#loops = combiner.loops ?? compileCombine()
    this.#table = new KeyTable(this.#loops.expected)
    this.#arrivals = new ArrivalOrder(options)
    this.#runs = new SpillRuns(options)
    this.#watch = new MemoryWatch(options)
  }

  /** How many different keys there were, about: told by a sample that does not depend on what was spilled when. */
  get distinct(): number {
    this.#countSample()
    return this.#met.size * SAMPLED
  }

  /** Pairs that make a good batch. */
  get wanted(): number {
    return Math.min(BATCH, this.#watch.untilLook)
  }

  insert({ keys, values }: PairColumns): void {
    const { create, mergeValue } = this.#combiner
    for (let from = 0, size = 0; from < keys.length; from += size) {
      size = this.#find(keys, from)
      this.#loops.insert(this.#values, values, from, indexes, size, create, mergeValue)
      this.#count(size)
    }
  }

  merge({ keys, values }: PairColumns): void {
    const { mergeCombiners } = this.#combiner
    for (let from = 0, size = 0; from < keys.length; from += size) {
      size = this.#find(keys, from)
      this.#loops.merge(this.#values, values, from, indexes, size, mergeCombiners)
      this.#count(size)
    }
  }

  finish(): PairSource {
    const close = (): void => this.close()
    this.#loops.expected = this.#table.filled
    if (this.#runs.count === 0) return new TableSource(this.#table.keys, this.#values, close)
    this.#spill()
    const merged = new MergedGroups(
      this.#runs.open((runs) => new MergedGroups(runs, this.#combiner)),
      this.#combiner,
    )
    for (let entries = merged.next(); entries !== null; entries = merged.next()) this.#arrivals.add(entries)
    this.#runs.close()
    return new EntrySource(this.#arrivals.finish(), close)
  }

  close(): void {
    this.#runs.close()
    this.#arrivals.close()
    this.#forget()
  }

  /** Finds the indexes of the keys from a place on to the next look at the memory; gives how many these are. */
  #find(keys: readonly unknown[], from: number): number {
    const size = Math.min(keys.length - from, this.#watch.untilLook, BATCH)
    this.#table.addAll(keys, from, size, indexes)
    return size
  }

  #count(size: number): void {
    this.#watch.untilLook -= size
    if (this.#watch.untilLook === 0) this.#look(indexes[size - 1]!)
  }

  /** Estimates what is held from a sample and the largest entry. */
  #look(touched: number): void {
    const { keys } = this.#table
    const values = this.#values
    if (touched !== this.#heaviest && sizeOf(values[touched]) > sizeOf(values[this.#heaviest])) this.#heaviest = touched
    let sampled = 0
    for (let i = 0; i < SAMPLE; i++) {
      const at = Math.floor(((i + Math.random()) * keys.length) / SAMPLE)
      sampled += sizeOf(keys[at]) + (at === this.#heaviest ? 0 : sizeOf(values[at]))
    }
    if (!this.#watch.reach(keys.length * (sampled / SAMPLE + ENTRY_BYTES) + sizeOf(values[this.#heaviest]))) this.#spill()
  }

  #spill(): void {
    const { keys } = this.#table
    const values = this.#values
    const order = hashOrder(this.#table.hashes())
    const gone = this.#gone
    const entries = function* (): Iterable<Entry> {
      for (const index of order) yield [keys[index], values[index], gone + index]
    }
    this.#runs.write(entries())
    this.#forget()
  }

  #countSample(): void {
    for (const hash of this.#table.sample) this.#met.add(hash)
    this.#table.sample = []
  }

  #forget(): void {
    this.#countSample()
    this.#gone += this.#table.size
    this.#table.clear()
    this.#values = []
    this.#heaviest = 0
    this.#watch.release()
  }
}
