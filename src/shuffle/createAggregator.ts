import type { BatchSource } from '../plan/batchSource.js'
import { KeyTable } from '../plan/keyTable.js'
import type { Aggregator, Combiner } from '../plan/taskHost.js'
import { hashOrder } from './hashOrder.js'
import { MemoryUse } from './memoryUse.js'
import { MergedGroups } from './mergedGroups.js'
import { sizeOf } from './sizeOf.js'
import type { SpillOptions } from './spillOptions.js'
import { SpillRuns } from './spillRuns.js'
import { TableSource } from './tableSource.js'

/** Two cells of a half-full table, and the array cells of one entry; bytes. */
const ENTRY_BYTES = 48
const FIRST_LOOK = 16
const LAST_LOOK = 4096
/** By how much it may grow between two looks, if it grows as it did before. */
const LOOK_BYTES = 256 * 1024
const SAMPLE = 24

/** Combines values by key in memory; when there is none left, entries go to disk in the order of their hashes and are merged at the end. */
export function createAggregator({ combiner, ...options }: SpillOptions & { combiner: Combiner }): HashAggregator {
  return new HashAggregator(combiner, options)
}

export class HashAggregator implements Aggregator {
  readonly #combiner: Combiner
  readonly #options: SpillOptions
  readonly #table = new KeyTable()
  #values: unknown[] = []
  readonly #runs: SpillRuns
  readonly #use: MemoryUse
  #untilLook = FIRST_LOOK
  #interval = FIRST_LOOK
  #bytes = 0
  readonly #lookBytes: number
  /** the entry that was found to be the largest: a sample would miss it */
  #heaviest = 0

  constructor(combiner: Combiner, options: SpillOptions) {
    this.#combiner = combiner
    this.#options = options
    this.#runs = new SpillRuns(options)
    this.#use = new MemoryUse(options.budget)
    this.#lookBytes = Math.min(LOOK_BYTES, options.budget.total / 64)
  }

  insert(key: unknown, value: unknown): void {
    const values = this.#values
    const index = this.#table.add(key)
    if (index === values.length) values.push(this.#combiner.create(value))
    else values[index] = this.#combiner.mergeValue(values[index], value)
    if (--this.#untilLook === 0) this.#look(index)
  }

  merge(key: unknown, combined: unknown): void {
    const values = this.#values
    const index = this.#table.add(key)
    if (index === values.length) values.push(combined)
    else values[index] = this.#combiner.mergeCombiners(values[index], combined)
    if (--this.#untilLook === 0) this.#look(index)
  }

  finish(): BatchSource<[unknown, unknown]> {
    const close = (): void => this.close()
    if (this.#runs.count === 0) return new TableSource(this.#table.keys, this.#values, close)
    this.#spill()
    return new MergedGroups(
      this.#runs.open((runs) => new MergedGroups(runs, this.#combiner, () => {})),
      this.#combiner,
      close,
    )
  }

  close(): void {
    this.#runs.close()
    this.#forget()
  }

  /** Estimates what is held from a sample and the largest entry; the slower that grows, the rarer. */
  #look(touched: number): void {
    const { keys } = this.#table
    const values = this.#values
    if (touched !== this.#heaviest && sizeOf(values[touched]) > sizeOf(values[this.#heaviest])) this.#heaviest = touched
    let sampled = 0
    for (let i = 0; i < SAMPLE; i++) {
      const at = Math.floor(((i + Math.random()) * keys.length) / SAMPLE)
      sampled += sizeOf(keys[at]) + (at === this.#heaviest ? 0 : sizeOf(values[at]))
    }
    const bytes = keys.length * (sampled / SAMPLE + ENTRY_BYTES) + sizeOf(values[this.#heaviest])
    const { metrics } = this.#options
    metrics.peakMemory = Math.max(metrics.peakMemory, bytes)
    const growth = Math.max(0, bytes - this.#bytes) / this.#interval
    this.#bytes = bytes
    if (!this.#use.reach(bytes)) this.#spill()
    this.#interval = Math.max(FIRST_LOOK, Math.min(LAST_LOOK, Math.floor(this.#lookBytes / (growth + 1))))
    this.#untilLook = this.#interval
  }

  #spill(): void {
    const { keys } = this.#table
    const values = this.#values
    const order = hashOrder(this.#table.hashes())
    const entries = function* (): Iterable<[unknown, unknown]> {
      for (const index of order) yield [keys[index], values[index]]
    }
    this.#runs.write(entries())
    this.#forget()
  }

  #forget(): void {
    this.#table.clear()
    this.#values = []
    this.#heaviest = 0
    this.#bytes = 0
    this.#use.release()
  }
}
