import { rmSync } from 'node:fs'
import type { BatchSource } from '../plan/batchSource.js'
import type { Sorter } from '../plan/taskHost.js'
import type { SpillOptions } from './createAggregator.js'
import { MemoryUse } from './memoryUse.js'
import { sizeOf } from './sizeOf.js'
import { RunReader, writeRun } from './spillRun.js'

const BATCH = 1024
const LOOK_EVERY = 1024
const SAMPLE = 16

type Compare = (a: unknown, b: unknown) => number

/** Sorts records, stable; what does not fit in memory is sorted in runs that are merged at the end. */
export function createSorter({ compare, ...options }: SpillOptions & { compare: Compare }): Sorter {
  return new RunSorter(compare, options)
}

class RunSorter implements Sorter {
  #records: unknown[] = []
  readonly #runs: string[] = []
  #readers: RunReader[] = []
  readonly #use: MemoryUse

  constructor(
    readonly compare: Compare,
    readonly options: SpillOptions,
  ) {
    this.#use = new MemoryUse(options.budget)
  }

  insert(record: unknown): void {
    if (this.#records.push(record) % LOOK_EVERY === 0) this.#look()
  }

  finish(): BatchSource {
    if (this.#runs.length === 0) {
      this.#records.sort(this.compare)
      return new SortedSource(this.#records, () => this.close())
    }
    this.#spill()
    this.#readers = this.#runs.map((path) => new RunReader(path))
    return new MergedSource(this.#readers, this.compare, () => this.close())
  }

  close(): void {
    for (const reader of this.#readers.splice(0)) reader.close()
    for (const path of this.#runs.splice(0)) rmSync(path, { force: true })
    this.#records = []
    this.#use.release()
  }

  #look(): void {
    const { length } = this.#records
    let sampled = 0
    for (let i = 0; i < SAMPLE; i++) sampled += sizeOf(this.#records[Math.floor(((i + 0.5) * length) / SAMPLE)])
    const bytes = length * (16 + sampled / SAMPLE)
    this.options.metrics.peakMemory = Math.max(this.options.metrics.peakMemory, bytes)
    if (!this.#use.reach(bytes)) this.#spill()
  }

  #spill(): void {
    if (this.#records.length === 0) return
    this.#records.sort(this.compare)
    const { path, bytes } = writeRun(this.options.spillDir, this.#records)
    this.#runs.push(path)
    this.options.metrics.spills++
    this.options.metrics.spilledBytes += bytes
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

/** Merges sorted runs by a tree of losers (Knuth, volume 3, 5.4.1); of equal records the earlier run's comes first. */
class MergedSource implements BatchSource {
  readonly #losers: number[]
  #winner: number

  constructor(
    readonly runs: readonly RunReader[],
    readonly compare: Compare,
    readonly onClose: () => void,
  ) {
    this.#losers = new Array<number>(runs.length).fill(-1)
    this.#winner = -1
    for (let run = 0; run < runs.length; run++) this.#winner = this.#play(run)
  }

  next(): readonly unknown[] | null {
    const batch: unknown[] = []
    while (batch.length < BATCH) {
      const run = this.runs[this.#winner]
      if (!run || run.done) break
      batch.push(run.head)
      run.advance()
      this.#winner = this.#play(this.#winner)
    }
    return batch.length > 0 ? batch : null
  }

  close(): void {
    this.onClose()
  }

  /** Lets a run climb from its leaf; losers stay behind. */
  #play(run: number): number {
    let climbing = run
    for (let node = (run + this.runs.length) >> 1; node > 0; node >>= 1) {
      const other = this.#losers[node]!
      // while the tree is being filled the first to come waits here
      if (other < 0) {
        this.#losers[node] = climbing
        return -1
      }
      if (this.#before(other, climbing)) {
        this.#losers[node] = climbing
        climbing = other
      }
    }
    return climbing
  }

  #before(a: number, b: number): boolean {
    const [left, right] = [this.runs[a]!, this.runs[b]!]
    if (left.done || right.done) return !left.done || (right.done && a < b)
    const order = this.compare(left.head, right.head)
    return order === 0 ? a < b : order < 0
  }
}
