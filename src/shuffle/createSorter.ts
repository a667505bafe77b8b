import type { BatchSource } from '../plan/batchSource.js'
import type { Sorter } from '../plan/taskHost.js'
import { MemoryUse } from './memoryUse.js'
import { MergedRuns } from './mergedRuns.js'
import { sizeOf } from './sizeOf.js'
import { sortRecords } from './sortRecords.js'
import type { SpillOptions } from './spillOptions.js'
import { SpillRuns } from './spillRuns.js'

const BATCH = 1024
const FIRST_LOOK = 16
const LAST_LOOK = 1024
/** By how much it may grow between two looks. */
const LOOK_BYTES = 256 * 1024
const SAMPLE = 16
/** An array's cell, and key, prefix and index while it is sorted; bytes. */
const CELLS = 48

type Compare = (a: unknown, b: unknown) => number

/** Sorts records, stable; what does not fit in memory is sorted in runs that are merged at the end. */
export function createSorter({ compare, ...options }: SpillOptions & { compare: Compare }): Sorter {
  return new RunSorter(compare, options)
}

class RunSorter implements Sorter {
  #records: unknown[] = []
  #nextLook = FIRST_LOOK
  readonly #runs: SpillRuns
  readonly #use: MemoryUse

  constructor(
    readonly compare: Compare,
    readonly options: SpillOptions,
  ) {
    this.#runs = new SpillRuns(options)
    this.#use = new MemoryUse(options.budget)
  }

  insert(record: unknown): void {
    if (this.#records.push(record) >= this.#nextLook) this.#look()
  }

  finish(): BatchSource {
    if (this.#runs.count === 0) {
      return new SortedSource(sortRecords(this.#records, this.compare), () => this.close())
    }
    this.#spill()
    const merged = this.#runs.open((runs) => new MergedRuns(runs, this.compare, () => {}))
    return new MergedRuns(merged, this.compare, () => this.close())
  }

  close(): void {
    this.#runs.close()
    this.#records = []
    this.#use.release()
  }

  #look(): void {
    const { length } = this.#records
    let sampled = 0
    for (let i = 0; i < SAMPLE; i++) sampled += sizeOf(this.#records[Math.floor(((i + 0.5) * length) / SAMPLE)])
    const bytes = length * (CELLS + sampled / SAMPLE)
    this.options.metrics.peakMemory = Math.max(this.options.metrics.peakMemory, bytes)
    if (!this.#use.reach(bytes)) this.#spill()
    const most = Math.min(LOOK_BYTES, this.options.budget.total / 64)
    const interval = Math.floor((most * length) / bytes)
    this.#nextLook = this.#records.length + Math.max(FIRST_LOOK, Math.min(LAST_LOOK, interval))
  }

  #spill(): void {
    if (this.#records.length === 0) return
    this.#runs.write(sortRecords(this.#records, this.compare))
    this.#records = []
    this.#use.release()
  }
}

class SortedSource implements BatchSource {
  #at = 0
  constructor(
    readonly records: readonly unknown[],
    readonly onClose: () => void,
  ) {}
  next(): readonly unknown[] | null {
    if (this.#at >= this.records.length) return null
    const batch = this.records.slice(this.#at, this.#at + BATCH)
    this.#at += BATCH
    return batch
  }
  close(): void {
    this.onClose()
  }
}
