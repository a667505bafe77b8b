import type { PairColumns, PairSource } from '../plan/batchSource.js'
import { type CombineLoops, compileCombine } from '../plan/compile/combineLoops.js'
import { hashKey } from '../plan/hashKey.js'
import { BATCH, KeyTable } from '../plan/keyTable.js'
import { arrayOf, countOf, NumberPairs } from '../plan/numberPairs.js'
import { NumberTable } from '../plan/numberTable.js'
import type { Aggregator, Combiner } from '../plan/taskHost.js'
import { ArrivalOrder, type Entry } from './arrivalOrder.js'
import type { DistinctSample } from './distinctSample.js'
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
export function createAggregator({ combiner, sample, ...options }: SpillOptions & { combiner: Combiner; sample?: DistinctSample }): HashAggregator {
  return new HashAggregator(combiner, options, sample)
}

export class HashAggregator implements Aggregator {
  readonly #combiner: Combiner
  readonly #loops: CombineLoops
  readonly #table: KeyTable
  /** all there is, as long as it is numbers by 32-bit integers */
  #numbers: NumberTable | undefined
  #values: unknown[] = []
  readonly #runs: SpillRuns
  readonly #watch: MemoryWatch
  /** the entry that was found to be the largest: a sample would miss it */
  #heaviest = 0
  /** entries that went to disk */
  #gone = 0
  readonly #arrivals: ArrivalOrder

  readonly #sample: DistinctSample | undefined

  /** @param sample learns which keys there were, by `countSample` at the latest */
  constructor(combiner: Combiner, options: SpillOptions, sample?: DistinctSample) {
    this.#combiner = combiner
    this.#sample = sample
    this.#loops = combiner.loops ?? compileCombine()
    this.#table = new KeyTable(this.#loops.expected)
    this.#arrivals = new ArrivalOrder(options)
    this.#runs = new SpillRuns(options)
    this.#watch = new MemoryWatch(options)
    // a field that was assigned once is a constant to V8: all code that reads it would be thrown away with the first task's values
    this.#values = []
  }

  /** Pairs that make a good batch. */
  get wanted(): number {
    return this.#numbers ? BATCH : Math.min(BATCH, this.#watch.untilLook)
  }

  /** Tells the sample of the keys that came since the last time. */
  countSample(): void {
    for (const table of [this.#table, this.#numbers]) if (table) this.#sample?.add(table.sample.splice(0))
  }

  insert(pairs: PairColumns): void {
    const { create, mergeValue } = this.#combiner
    const folded = this.#fold(pairs, (table, keys, values, from, to) => this.#loops.insertNumbers(table, keys, values, from, to, create, mergeValue))
    if (folded === countOf(pairs)) return
    const { keys, values } = pairs
    for (let from = folded, size = 0; from < keys.length; from += size) {
      size = this.#find(keys, from)
      this.#loops.insert(this.#values, values, from, indexes, size, create, mergeValue)
      this.#count(size)
    }
  }

  merge(pairs: PairColumns): void {
    const { mergeCombiners } = this.#combiner
    const folded = this.#fold(pairs, (table, keys, values, from, to) => this.#loops.mergeNumbers(table, keys, values, from, to, undefined, mergeCombiners))
    if (folded === countOf(pairs)) return
    const { keys, values } = pairs
    for (let from = folded, size = 0; from < keys.length; from += size) {
      size = this.#find(keys, from)
      this.#loops.merge(this.#values, values, from, indexes, size, mergeCombiners)
      this.#count(size)
    }
  }

  finish(): PairSource {
    const close = (): void => this.close()
    this.#loops.expected = this.#table.filled
    this.#loops.expectedNumbers = this.#numbers?.size ?? 0
    if (this.#runs.count === 0) {
      return new TableSource(this.#numbers ? new NumberPairs(this.#numbers.columns()) : { keys: this.#table.keys, values: this.#values }, close)
    }
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

  /** Folds pairs of numbers as long as all there is are numbers; gives how many were folded. */
  #fold(pairs: PairColumns, loop: (table: NumberTable, keys: Int32Array, values: Float64Array, from: number, to: number) => number): number {
    const { numbers } = pairs
    const empty = this.#table.size === 0
    if (!numbers || !empty) {
      if (this.#numbers && countOf(pairs) > 0) this.#leaveNumbers(this.#numbers)
      return 0
    }
    const { keys, values } = numbers
    this.#numbers ??= new NumberTable(this.#loops.expectedNumbers)
    const table = this.#numbers
    for (let from = 0; from < keys.length; ) {
      const to = Math.min(keys.length, from + BATCH)
      if (!this.#watch.reach(table.bytesWith(to - from)) && table.size > 0) this.#spill()
      table.reserve(to - from)
      from = loop(table, keys, values, from, to)
      if (this.#loops.odd) {
        this.#leaveNumbers(table)
        return from
      }
    }
    return keys.length
  }

  /** What is no number came: all goes to the table for anything. */
  #leaveNumbers(table: NumberTable): void {
    const { odd } = this.#loops
    const { keys, values } = table.columns()
    this.#numbers = undefined
    this.#values = arrayOf(values)
    if (odd) {
      this.#values[odd.index] = odd.value
      this.#loops.odd = undefined
    }
    const all = arrayOf(keys)
    for (let from = 0; from < all.length; from += BATCH) this.#table.addAll(all, from, Math.min(BATCH, all.length - from), indexes)
    this.#sample?.add(table.sample)
    table.clear()
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
    const { keys, values, hashes } = this.#held()
    const order = hashOrder(hashes)
    const gone = this.#gone
    const entries = function* (): Iterable<Entry> {
      for (const index of order) yield [keys[index], values[index], gone + index]
    }
    this.#runs.write(entries())
    this.#forget()
  }

  /** All keys in the order of their arrival, their values and hashes. */
  #held(): { keys: ArrayLike<unknown>; values: ArrayLike<unknown>; hashes: Int32Array } {
    if (!this.#numbers) return { keys: this.#table.keys, values: this.#values, hashes: this.#table.hashes() }
    const { keys, values } = this.#numbers.columns()
    return { keys, values, hashes: keys.map(hashKey) }
  }

  #forget(): void {
    this.countSample()
    this.#gone += this.#table.size + (this.#numbers?.size ?? 0)
    this.#table.clear()
    this.#numbers?.clear()
    this.#values = []
    this.#heaviest = 0
    this.#watch.release()
  }
}
