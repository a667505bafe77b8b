import type { BatchSource } from '../plan/batchSource.js'
import { MemoryUse } from './memoryUse.js'
import type { RunReader } from './runReader.js'
import { sizeOf } from './sizeOf.js'
import type { SpillOptions } from './spillOptions.js'
import { SpillRuns } from './spillRuns.js'

/** A key with what belongs to it, and the number of its first arrival. */
export type Entry = readonly [key: unknown, value: unknown, arrival: number]

const BATCH = 1024
const BATCH_BYTES = 4 << 20
const LOOK_BYTES = 256 * 1024
/** An entry's array and its cell; bytes. */
const CELLS = 56

/**
 * Brings merged entries back into the order in which their keys first came: what a collection gives must not depend on
 * whether it was spilled. Sorted runs again where memory is short.
 */
export class ArrivalOrder {
  #entries: Entry[] = []
  #bytes = 0
  #looked = 0
  readonly #runs: SpillRuns
  readonly #use: MemoryUse

  constructor(options: SpillOptions) {
    this.#runs = new SpillRuns(options)
    this.#use = new MemoryUse(options.budget)
  }

  add(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#entries.push(entry)
      this.#bytes += sizeOf(entry[0]) + sizeOf(entry[1]) + CELLS
      if (this.#bytes - this.#looked < LOOK_BYTES) continue
      this.#looked = this.#bytes
      if (!this.#use.reach(this.#bytes)) this.#spill()
    }
  }

  finish(): BatchSource<Entry> {
    if (this.#runs.count === 0) {
      this.#sort()
      return new MergedArrivals([new ListReader(this.#entries)])
    }
    this.#spill()
    return new MergedArrivals(this.#runs.open((runs) => new MergedArrivals(runs)))
  }

  close(): void {
    this.#runs.close()
    this.#forget()
  }

  #sort(): void {
    this.#entries.sort((a, b) => a[2] - b[2])
  }

  #spill(): void {
    if (this.#entries.length === 0) return
    this.#sort()
    this.#runs.write(this.#entries)
    this.#forget()
  }

  #forget(): void {
    this.#entries = []
    this.#bytes = 0
    this.#looked = 0
    this.#use.release()
  }
}

type Reader = Pick<RunReader, 'done' | 'head' | 'advance'>

class ListReader implements Reader {
  #at = 0
  constructor(readonly entries: readonly Entry[]) {}
  get done(): boolean {
    return this.#at >= this.entries.length
  }
  get head(): Entry | undefined {
    return this.entries[this.#at]
  }
  advance(): void {
    this.#at++
  }
}

/** Merges runs that are in the order of arrival; no batch is large. */
class MergedArrivals implements BatchSource<Entry> {
  readonly #arrivals: Float64Array

  constructor(readonly runs: readonly Reader[]) {
    this.#arrivals = Float64Array.from(runs, arrivalOf)
  }

  next(): Entry[] | null {
    const arrivals = this.#arrivals
    const batch: Entry[] = []
    for (let bytes = 0; batch.length < BATCH && bytes < BATCH_BYTES; ) {
      let first = 0
      for (let at = 1; at < arrivals.length; at++) if (arrivals[at]! < arrivals[first]!) first = at
      if (arrivals[first] === Number.POSITIVE_INFINITY) break
      const run = this.runs[first]!
      const entry = run.head as Entry
      batch.push(entry)
      bytes += sizeOf(entry[1])
      run.advance()
      arrivals[first] = arrivalOf(run)
    }
    return batch.length > 0 ? batch : null
  }

  close(): void {}
}

function arrivalOf(run: Reader): number {
  return run.done ? Number.POSITIVE_INFINITY : (run.head as Entry)[2]
}
