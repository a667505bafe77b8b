import type { NumberColumns, PairColumns } from '../plan/batchSource.js'
import type { CombineLoops } from '../plan/compile/combineLoops.js'
import { arrayOf, NumberPairs } from '../plan/numberPairs.js'
import { NumberTable } from '../plan/numberTable.js'
import type { Aggregator, Combiner } from '../plan/taskHost.js'
import type { DistinctSample } from './distinctSample.js'
import { MemoryUse } from './memoryUse.js'
import { NumberSegments } from './numberSegments.js'
import type { SpillOptions } from './spillOptions.js'

/** Pairs that wait to be combined, and what one takes in bytes. */
export const WAITING = 1 << 20
const PAIR_BYTES = 12
/** Pairs for which a table makes room at a time. */
const BATCH = 4096

export interface NumberCombinerOptions extends SpillOptions {
  readonly segments: number
  segmentOf(key: unknown, record: unknown): number
  readonly combiner: Combiner
  readonly loops: CombineLoops
}

/**
 * Combines pairs of numbers before they are written. Each segment has a table of its own, and pairs wait until there are many
 * for one table: that is in the processor's cache then, as one table for all would not be. Where memory is short or
 * something is no number, an aggregator takes all of it over.
 */
export class NumberCombiner {
  readonly #options: NumberCombinerOptions
  readonly #tables: (NumberTable | undefined)[]
  readonly #waiting: NumberSegments
  readonly #use: MemoryUse
  #inserted = 0
  #tableBytes = 0
  /** the first combined value that is no number */
  #odd: { segment: number; index: number; value: unknown } | undefined
  /** pairs that came after it */
  #rest: NumberColumns[] | undefined

  constructor(options: NumberCombinerOptions) {
    this.#options = options
    this.#tables = Array.from({ length: options.segments }, () => undefined)
    this.#use = new MemoryUse(options.budget)
    this.#waiting = new NumberSegments(options.segments, WAITING, (segment, numbers) => this.#fold(segment, numbers))
  }

  /** Takes pairs; false: it has to be left. */
  insert(numbers: NumberColumns): boolean {
    const { segmentOf, metrics } = this.#options
    this.#inserted += numbers.keys.length
    this.#waiting.add(numbers, segmentOf)
    const bytes = this.#tableBytes + Math.min(this.#inserted, WAITING) * PAIR_BYTES
    metrics.peakMemory = Math.max(metrics.peakMemory, bytes)
    return this.#use.reach(bytes) && this.#rest === undefined
  }

  /** Combines what waits; false: it has to be left. @param sample learns which keys there were */
  flush(sample?: DistinctSample): boolean {
    this.#waiting.flushAll()
    if (sample) for (const table of this.#tables) if (table) sample.add(table.sample.splice(0))
    return this.#rest === undefined
  }

  /** Hands on what is combined, in the order of arrival within a segment; there is nothing that waits. */
  finish(write: (segment: number, numbers: NumberColumns) => void): void {
    let size = 0
    for (const [segment, table] of this.#tables.entries()) {
      if (!table) continue
      size += table.size
      const columns = table.columns()
      this.#drop(segment, table)
      write(segment, columns)
    }
    this.#options.loops.expectedNumbers = size
  }

  /** Hands everything to an aggregator that has nothing yet. */
  leave(aggregator: Aggregator): void {
    this.#rest ??= []
    this.#waiting.flushAll()
    for (const [segment, table] of this.#tables.entries()) {
      if (!table) continue
      const columns = table.columns()
      this.#drop(segment, table)
      aggregator.merge(this.#odd?.segment === segment ? withOdd(columns, this.#odd) : new NumberPairs(columns))
    }
    for (const numbers of this.#rest.splice(0)) aggregator.insert(new NumberPairs(numbers))
    this.close()
  }

  close(): void {
    for (const [segment, table] of this.#tables.entries()) if (table) this.#drop(segment, table)
    this.#waiting.close()
    this.#use.release()
  }

  #fold(segment: number, { keys, values }: NumberColumns): void {
    if (this.#rest) {
      this.#rest.push({ keys: keys.slice(), values: values.slice() })
      return
    }
    const { combiner, loops, segments } = this.#options
    this.#tables[segment] ??= new NumberTable(loops.expectedNumbers / segments)
    const table = this.#tables[segment]
    const before = table.cells.byteLength
    for (let from = 0; from < keys.length && !this.#rest; ) {
      const to = Math.min(keys.length, from + BATCH)
      table.reserve(to - from)
      from = loops.insertNumbers(table, keys, values, from, to, combiner.create, combiner.mergeValue)
      if (!loops.odd) continue
      this.#odd = { segment, ...loops.odd }
      this.#rest = [{ keys: keys.slice(from), values: values.slice(from) }]
      loops.odd = undefined
    }
    this.#tableBytes += table.cells.byteLength - before
  }

  #drop(segment: number, table: NumberTable): void {
    this.#tableBytes -= table.cells.byteLength
    this.#tables[segment] = undefined
    table.close()
  }
}

function withOdd({ keys, values }: NumberColumns, { index, value }: { index: number; value: unknown }): PairColumns {
  const all: unknown[] = arrayOf(values)
  all[index] = value
  return { keys: arrayOf(keys), values: all }
}
