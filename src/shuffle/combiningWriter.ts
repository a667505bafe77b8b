import type { PairColumns } from '../plan/batchSource.js'
import { type CombineLoops, compileCombine } from '../plan/compile/combineLoops.js'
import { mapValues } from '../plan/compile/valuesLoop.js'
import { BATCH } from '../plan/keyTable.js'
import { countOf, slicePairs } from '../plan/numberPairs.js'
import { same } from '../plan/same.js'
import type { Combiner, MapOutput, ShuffleSink } from '../plan/taskHost.js'
import { createAggregator, type HashAggregator } from './createAggregator.js'
import { DistinctSample } from './distinctSample.js'
import { NumberCombiner, WAITING } from './numberCombiner.js'
import { PlainWriter, type ShuffleWriterOptions } from './plainWriter.js'

/** Pairs between two looks at whether combining pays, and the part of new keys among them above which it does not. */
const CHECK = 128 * 1024
const MOSTLY = 0.95
/** A table for each of more reduce partitions would cost small tasks more than it saves large ones. */
const MOST_TABLES = 128

/** Combines values by key first, as long as that makes them fewer. */
export class CombiningWriter implements ShuffleSink {
  readonly #sample = new DistinctSample()
  readonly #aggregator: HashAggregator
  readonly #combiner: Combiner
  readonly #loops: CombineLoops
  readonly #plain: PlainWriter
  readonly #options: ShuffleWriterOptions
  /** in place of the aggregator as long as it can be */
  #numbers: NumberCombiner | undefined
  #inserted = 0
  #distinctBefore = 0
  #lastCheck = 0
  #nextCheck = CHECK
  /** then it looks more rarely: pairs that wait for each other cost less */
  #onlyNumbers = true
  /** whether values still go through the aggregator */
  #combines = true

  constructor(options: ShuffleWriterOptions & { combiner: Combiner }) {
    this.#loops = options.combiner.loops ?? compileCombine()
    this.#combiner = { ...options.combiner, loops: this.#loops }
    this.#aggregator = createAggregator({ ...options, combiner: this.#combiner, sample: this.#sample })
    this.#plain = new PlainWriter(options)
    this.#options = options
  }

  get wanted(): number {
    if (this.#numbers) return BATCH
    return this.#combines ? this.#aggregator.wanted : this.#plain.wanted
  }

  write(pairs: PairColumns): void {
    const count = countOf(pairs)
    for (let from = 0, to = 0; from < count; from = to) {
      // how many pairs come at once is luck; where it looks must not be
      to = this.#combines ? Math.min(count, from + this.#nextCheck - this.#inserted) : count
      const some = from === 0 && to === count ? pairs : slicePairs(pairs, from, to)
      if (!this.#combines) {
        this.#plain.write(this.#created(some))
        continue
      }
      this.#insert(some)
      this.#inserted += to - from
      if (this.#inserted === this.#nextCheck) this.#check()
    }
  }

  commit(): MapOutput {
    if (this.#combines) this.#flush()
    return this.#plain.commit()
  }

  abort(): void {
    this.#numbers?.close()
    this.#aggregator.close()
    this.#plain.abort()
  }

  #insert(pairs: PairColumns): void {
    if (pairs.numbers && this.#inserted === 0 && this.#options.spec.numReducers <= MOST_TABLES) this.#numbers = this.#combinerOfNumbers()
    if (!this.#numbers) this.#aggregator.insert(pairs)
    else if (!pairs.numbers) {
      this.#leaveNumbers(this.#numbers)
      this.#aggregator.insert(pairs)
    } else {
      if (this.#inserted < CHECK) this.#sample.observe(pairs.numbers)
      if (!this.#numbers.insert(pairs.numbers)) this.#leaveNumbers(this.#numbers)
    }
    this.#onlyNumbers &&= pairs.numbers !== undefined
  }

  #combinerOfNumbers(): NumberCombiner {
    const { numReducers: segments, partition: segmentOf } = this.#options.spec
    return new NumberCombiner({ ...this.#options, segments, segmentOf, combiner: this.#combiner, loops: this.#loops })
  }

  #leaveNumbers(numbers: NumberCombiner): void {
    this.#numbers = undefined
    numbers.leave(this.#aggregator)
  }

  /** Pairs as combiners of one value each. */
  #created(pairs: PairColumns): PairColumns {
    const { create } = this.#combiner
    if (create === same) return pairs
    return mapValues(pairs, this.#loops.created, create)
  }

  /** When nearly every key of late was a new one, looking for it costs more than it saves. */
  #check(): void {
    if (this.#numbers && this.#inserted > CHECK && !this.#numbers.flush(this.#sample)) this.#leaveNumbers(this.#numbers)
    this.#aggregator.countSample()
    const distinct = this.#sample.count
    if (distinct - this.#distinctBefore > MOSTLY * (this.#inserted - this.#lastCheck)) {
      this.#combines = false
      this.#flush()
    }
    this.#distinctBefore = distinct
    this.#lastCheck = this.#inserted
    this.#nextCheck = this.#onlyNumbers ? this.#inserted - (this.#inserted % WAITING) + WAITING : this.#inserted + CHECK
  }

  #flush(): void {
    const numbers = this.#numbers
    if (numbers?.flush()) {
      numbers.finish((segment, run) => this.#plain.writeRun(segment, run))
      numbers.close()
      this.#numbers = undefined
      return
    }
    if (numbers) this.#leaveNumbers(numbers)
    const combined = this.#aggregator.finish()
    try {
      // an aggregator never waits
      for (let pairs = combined.nextPairs(); pairs !== null; pairs = combined.nextPairs()) this.#plain.write(pairs as PairColumns)
    } finally {
      combined.close()
    }
  }
}
