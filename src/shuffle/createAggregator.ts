import { rmSync } from 'node:fs'
import { hashKey } from '../plan/hashKey.js'
import { KeyTable } from '../plan/keyTable.js'
import { sameKey } from '../plan/sameKey.js'
import type { BatchSource } from '../plan/batchSource.js'
import type { Aggregator, Combiner, RunningMetrics } from '../plan/taskHost.js'
import type { MemoryBudget } from '../storage/memoryBudget.js'
import { MemoryUse } from './memoryUse.js'
import { sizeOf } from './sizeOf.js'
import { RunReader, writeRun } from './spillRun.js'

const BATCH = 1024
/** Index, hash, slots and the array cells of one entry. */
const ENTRY_BYTES = 40
const FIRST_LOOK = 256
const SAMPLE = 24

export interface SpillOptions {
  readonly budget: MemoryBudget
  readonly spillDir: string
  readonly metrics: RunningMetrics
}

/** Combines values by key in memory; when there is none left, entries go to disk in the order of their hashes and are merged at the end. */
export function createAggregator({ combiner, ...options }: SpillOptions & { combiner: Combiner }): HashAggregator {
  return new HashAggregator(combiner, options)
}

export class HashAggregator implements Aggregator {
  readonly #table = new KeyTable()
  #values: unknown[] = []
  readonly #runs: string[] = []
  readonly #use: MemoryUse
  #operations = 0
  #nextLook = FIRST_LOOK
  #readers: RunReader[] = []

  constructor(
    readonly combiner: Combiner,
    readonly options: SpillOptions,
  ) {
    this.#use = new MemoryUse(options.budget)
  }

  insert(key: unknown, value: unknown): void {
    const table = this.#table
    const before = table.size
    const index = table.add(key)
    if (index === before) this.#values.push(this.combiner.create(value))
    else this.#values[index] = this.combiner.mergeValue(this.#values[index], value)
    if (++this.#operations >= this.#nextLook) this.#look()
  }

  merge(key: unknown, combined: unknown): void {
    const table = this.#table
    const before = table.size
    const index = table.add(key)
    if (index === before) this.#values.push(combined)
    else this.#values[index] = this.combiner.mergeCombiners(this.#values[index], combined)
    if (++this.#operations >= this.#nextLook) this.#look()
  }

  finish(): BatchSource<[unknown, unknown]> {
    if (this.#runs.length === 0) return new TableSource(this.#table, this.#values, () => this.close())
    this.#spill()
    return new MergeSource(
      this.#runs.map((path) => this.#open(path)),
      this.combiner,
      () => this.close(),
    )
  }

  close(): void {
    for (const reader of this.#readers.splice(0)) reader.close()
    for (const path of this.#runs.splice(0)) rmSync(path, { force: true })
    this.#table.clear()
    this.#values = []
    this.#use.release()
  }

  #open(path: string): RunReader {
    const reader = new RunReader(path)
    this.#readers.push(reader)
    return reader
  }

  /** Estimates what is held from a sample; the more operations, the rarer. */
  #look(): void {
    const { size, keys } = this.#table
    let sampled = 0
    for (let i = 0; i < SAMPLE; i++) {
      const at = Math.floor(((i + Math.random()) * size) / SAMPLE)
      sampled += sizeOf(keys[at]) + sizeOf(this.#values[at])
    }
    const bytes = size * (sampled / SAMPLE + ENTRY_BYTES)
    this.options.metrics.peakMemory = Math.max(this.options.metrics.peakMemory, bytes)
    if (!this.#use.reach(bytes)) this.#spill()
    this.#nextLook = this.#operations + Math.max(FIRST_LOOK, Math.floor(this.#table.size / 8))
  }

  #spill(): void {
    const table = this.#table
    const values = this.#values
    const order = Array.from({ length: table.size }, (_, index) => index).sort((a, b) => table.hashAt(a) - table.hashAt(b))
    const entries = function* (): Iterable<[unknown, unknown]> {
      for (const index of order) yield [table.keys[index], values[index]]
    }
    const { path, bytes } = writeRun(this.options.spillDir, entries())
    this.#runs.push(path)
    this.options.metrics.spills++
    this.options.metrics.spilledBytes += bytes
    this.#table.clear()
    this.#values = []
    this.#use.release()
  }
}

class TableSource implements BatchSource<[unknown, unknown]> {
  #at = 0
  constructor(
    readonly table: KeyTable,
    readonly values: readonly unknown[],
    readonly onClose: () => void,
  ) {}
  next(): [unknown, unknown][] | null {
    const { keys } = this.table
    const end = Math.min(keys.length, this.#at + BATCH)
    if (this.#at >= end) return null
    const batch: [unknown, unknown][] = []
    for (let i = this.#at; i < end; i++) batch.push([keys[i], this.values[i]])
    this.#at = end
    return batch
  }
  close(): void {
    this.onClose()
  }
}

/** Merges runs that are in the order of hashes: all entries of one hash come together, then equal keys among them. */
class MergeSource implements BatchSource<[unknown, unknown]> {
  readonly #hashes: number[]
  constructor(
    readonly runs: readonly RunReader[],
    readonly combiner: Combiner,
    readonly onClose: () => void,
  ) {
    this.#hashes = runs.map((run) => headHash(run))
  }
  next(): [unknown, unknown][] | null {
    const batch: [unknown, unknown][] = []
    while (batch.length < BATCH) {
      const hash = Math.min(...this.#hashes)
      if (hash === Number.POSITIVE_INFINITY) break
      const from = batch.length
      for (const [at, run] of this.runs.entries()) {
        while (this.#hashes[at] === hash) {
          this.#take(batch, from, run.head as [unknown, unknown])
          run.advance()
          this.#hashes[at] = headHash(run)
        }
      }
    }
    return batch.length > 0 ? batch : null
  }
  close(): void {
    this.onClose()
  }
  #take(batch: [unknown, unknown][], from: number, [key, value]: [unknown, unknown]): void {
    for (let i = from; i < batch.length; i++) {
      const known = batch[i]!
      if (!sameKey(known[0], key)) continue
      known[1] = this.combiner.mergeCombiners(known[1], value)
      return
    }
    batch.push([key, value])
  }
}

function headHash(run: RunReader): number {
  return run.done ? Number.POSITIVE_INFINITY : hashKey((run.head as [unknown, unknown])[0])
}
