import type { BatchSource, PairColumns } from '../plan/batchSource.js'
import type { Sorter } from '../plan/taskHost.js'
import { ListColumn } from './column.js'
import { FramePairs } from './framePairs.js'
import { HeldPairs } from './heldPairs.js'
import { MemoryUse } from './memoryUse.js'
import { MergedRuns } from './mergedRuns.js'
import { SortedSource } from './sortedSource.js'
import { sortOrder } from './sortOrder.js'
import type { SpillOptions } from './spillOptions.js'
import { SpillRuns } from './spillRuns.js'

type Compare = (a: unknown, b: unknown) => number

/** Sorts pairs by their keys, stable; what does not fit in memory is sorted in runs that are merged at the end. */
export function createSorter({ compare, ...options }: SpillOptions & { compare: Compare }): Sorter {
  return new RunSorter(compare, options)
}

class RunSorter implements Sorter {
  #held = new HeldPairs()
  readonly #runs: SpillRuns
  readonly #use: MemoryUse

  constructor(
    readonly compare: Compare,
    readonly options: SpillOptions,
  ) {
    this.#runs = new SpillRuns(options)
    this.#use = new MemoryUse(options.budget)
  }

  insert(pairs: PairColumns): void {
    if (pairs instanceof FramePairs) this.#held.add(pairs.keyColumn, pairs.valueColumn)
    else this.#held.add(new ListColumn(pairs.keys), new ListColumn(pairs.values))
    const { bytes } = this.#held
    const { metrics } = this.options
    metrics.peakMemory = Math.max(metrics.peakMemory, bytes)
    if (!this.#use.reach(bytes)) this.#spill()
  }

  finish(): BatchSource {
    if (this.#runs.count === 0) return this.#sorted(() => this.close())
    this.#spill()
    const byKey: Compare = (a, b) => this.compare((a as [unknown])[0], (b as [unknown])[0])
    const merged = this.#runs.open((runs) => new MergedRuns(runs, byKey, () => {}))
    return new MergedRuns(merged, byKey, () => this.close())
  }

  close(): void {
    this.#runs.close()
    this.#held = new HeldPairs()
    this.#use.release()
  }

  #sorted(onClose: () => void): SortedSource {
    return new SortedSource(this.#held, sortOrder(this.#held, this.compare), onClose)
  }

  #spill(): void {
    if (this.#held.count === 0) return
    this.#runs.writePairs(this.#sorted(() => {}))
    this.#held = new HeldPairs()
    this.#use.release()
  }
}
