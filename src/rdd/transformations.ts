import { TsparkError } from '../events/tsparkError.js'
import { engine } from '../plan/functionRef.js'
import { Cartesian, Coalesced, Partitions, Piped, Union } from '../plan/lineage/narrowSteps.js'
import { ZippedWithIndex } from '../plan/lineage/zippedWithIndex.js'
import { checkFlag, checkFraction, checkPartitions, seedOf, shown } from './arguments.js'
import { coalesceGroups } from './coalesceGroups.js'
import type { RDD } from './rdd.js'
import { RDDBarrier } from './rddBarrier.js'
import { checkRdds, RddCore } from './rddCore.js'
import type { Recordable, Shippable } from './types.js'

/** What a function over a partition gives: an array, a generator, an async generator, or a promise of one of them. */
type PartitionResult<U> = Iterable<U> | AsyncIterable<U> | Promise<Iterable<U> | AsyncIterable<U>>

/** How records go to a command and its lines come back. */
export interface PipeOptions<T> {
  /** prints lines before those of the records; once a partition */
  printPipeContext?: (print: (line: string) => void) => void
  /** prints a record's lines (default: the record as a string, on a line of its own) */
  printRDDElement?: (record: T, print: (line: string) => void) => void
  /** run each command in a new, empty folder, removed when it has ended (default false) */
  separateWorkingDir?: boolean
  /** of the lines in both directions (default 'utf8') */
  encoding?: 'utf8' | 'utf16le' | 'latin1' | 'ascii'
  /** bytes of lines that are gathered before the command gets them (default 65536) */
  bufferSize?: number
}

/** A piece of lines is one string. */
const MOST_BUFFERED = 2 ** 27
const ENCODINGS: ReadonlySet<string> = new Set(['utf8', 'utf16le', 'latin1', 'ascii'])

/** Transformations of any RDD that need no shuffle. */
export abstract class Transformations<T> extends RddCore<T> {
  /**
   * A record for each record. No shuffle; forgets the partitioner.
   * @param fn called with one record, in executors
   */
  map<U extends Recordable>(fn: (record: T) => U & Shippable<U>): RDD<U> {
    return this.step(this.internals.origin('map'), { op: 'map', fn: this.internals.ship(fn, 'map', this.map) })
  }

  /** Any number of records for each record. No shuffle. @param fn gives an array or another iterable, which is read as it comes */
  flatMap<U extends Recordable>(fn: (record: T) => Iterable<U>): RDD<U> {
    return this.step(this.internals.origin('flatMap'), { op: 'flatMap', fn: this.internals.ship(fn, 'flatMap', this.flatMap) })
  }

  /** The records for which the function gives something truthy. No shuffle; keeps the partitioner. @throws `TSPARK_ARGUMENT` if it gives a promise: see `filterAsync` */
  filter<S extends T>(fn: (record: T) => record is S): RDD<S>
  filter(fn: (record: T) => unknown): RDD<T>
  filter(fn: (record: T) => unknown): RDD<T> {
    return this.step(this.internals.origin('filter'), { op: 'filter', fn: this.internals.ship(fn, 'filter', this.filter) }, true)
  }

  /**
   * A function over the records of each partition. No shuffle.
   * @param fn gets an iterator that reads as it goes and gives any iterable or async iterable (an async generator, for example)
   * @param preservesPartitioning the keys stay what they were, so the partitioner holds (default false)
   */
  mapPartitions<U extends Recordable>(fn: (records: IterableIterator<T>) => PartitionResult<U>, preservesPartitioning = false): RDD<U> {
    const shipped = this.internals.ship(fn, 'mapPartitions', this.mapPartitions)
    return this.overPartitions(this.internals.origin('mapPartitions'), shipped, { keepsPartitioner: preservesPartitioning })
  }

  /** `mapPartitions` whose function gets the partition's index (from 0) first. No shuffle. */
  mapPartitionsWithIndex<U extends Recordable>(fn: (index: number, records: IterableIterator<T>) => PartitionResult<U>, preservesPartitioning = false): RDD<U> {
    const shipped = this.internals.ship(fn, 'mapPartitionsWithIndex', this.mapPartitionsWithIndex)
    const origin = this.internals.origin('mapPartitionsWithIndex')
    return this.overPartitions(origin, engine('withPartitionIndex', [], [shipped]), { keepsPartitioner: preservesPartitioning })
  }

  /** One array a partition. No shuffle; a partition must fit in memory. */
  glom(): RDD<T[]> {
    return this.overPartitions(this.internals.origin('glom'), engine('glom'))
  }

  /** `[key, record]` pairs. No shuffle. @param fn gives a record's key */
  keyBy<K>(fn: (record: T) => K): RDD<[K, T]> {
    return this.step(this.internals.origin('keyBy'), { op: 'keyBy', fn: this.internals.ship(fn, 'keyBy', this.keyBy) })
  }

  /** The records of this RDD, then those of others (Spark's `++`). No shuffle; with one common partitioner it is kept. */
  union<U = T>(...others: RDD<U>[]): RDD<T | U> {
    const origin = this.internals.origin('union')
    checkRdds(others, 'union')
    return this.make(new Union(origin, [this.lineage, ...others.map((other) => other.lineage)]))
  }

  /**
   * Fewer partitions, made of neighbours; never more (that takes a shuffle). No shuffle unless asked for.
   * @param numPartitions at most so many
   * @param shuffle deal the records out evenly, as `repartition` does (default false)
   */
  coalesce(numPartitions: number, shuffle = false): RDD<T> {
    checkPartitions(numPartitions, 'coalesce')
    if (shuffle) return this.dealtOut('coalesce', numPartitions)
    const { lineage } = this
    return this.make(new Coalesced(this.internals.origin('coalesce'), lineage, () => coalesceGroups(lineage.numPartitions, numPartitions)))
  }

  /** Exactly so many partitions with about the same number of records each. Shuffles. */
  repartition(numPartitions: number): RDD<T> {
    checkPartitions(numPartitions, 'repartition')
    return this.dealtOut('repartition', numPartitions)
  }

  /** @internal */
  protected abstract dealtOut(operation: string, numPartitions: number): RDD<T>

  /** Every pair of a record of this RDD and one of the other. No shuffle, but as many partitions as both multiplied. */
  cartesian<U>(other: RDD<U>): RDD<[T, U]> {
    const origin = this.internals.origin('cartesian')
    checkRdds([other], 'cartesian')
    return this.make(new Cartesian(origin, this.lineage, other.lineage))
  }

  /**
   * Pairs the records of two RDDs by their place. No shuffle.
   * @throws `TSPARK_ARGUMENT` when the numbers of partitions differ, and in the task when those of records do
   */
  zip<U>(other: RDD<U>): RDD<[T, U]> {
    const origin = this.internals.origin('zip')
    checkRdds([other], 'zip')
    sameNumber([this, other], 'zip')
    return this.make(
      new Partitions(
        origin,
        [this.lineage, other.lineage],
        engine('zip', () => [origin.label()]),
      ),
    )
  }

  /**
   * A function over the partitions of several RDDs side by side. No shuffle.
   * @param preservesPartitioning the keys stay those of this RDD, so its partitioner holds (default false)
   * @throws `TSPARK_ARGUMENT` when the numbers of partitions differ
   */
  zipPartitions<A, U extends Recordable>(
    a: RDD<A>,
    fn: (mine: IterableIterator<T>, a: IterableIterator<A>) => PartitionResult<U>,
    preservesPartitioning?: boolean,
  ): RDD<U>
  zipPartitions<A, B, U extends Recordable>(
    a: RDD<A>,
    b: RDD<B>,
    fn: (mine: IterableIterator<T>, a: IterableIterator<A>, b: IterableIterator<B>) => PartitionResult<U>,
    preservesPartitioning?: boolean,
  ): RDD<U>
  zipPartitions<A, B, C, U extends Recordable>(
    a: RDD<A>,
    b: RDD<B>,
    c: RDD<C>,
    fn: (mine: IterableIterator<T>, a: IterableIterator<A>, b: IterableIterator<B>, c: IterableIterator<C>) => PartitionResult<U>,
    preservesPartitioning?: boolean,
  ): RDD<U>
  zipPartitions(...given: unknown[]): RDD<unknown> {
    const keepsPartitioner = given.at(-1) === true
    if (typeof given.at(-1) === 'boolean' || given.at(-1) === undefined) given.pop()
    const fn = given.at(-1)
    const others = given.slice(0, -1) as RDD<unknown>[]
    const origin = this.internals.origin('zipPartitions')
    checkRdds(others, 'zipPartitions')
    sameNumber([this, ...others], 'zipPartitions')
    const shipped = this.internals.ship(fn, 'zipPartitions', this.zipPartitions)
    return this.make(new Partitions(origin, [this.lineage, ...others.map((other) => other.lineage)], shipped, { keepsPartitioner }))
  }

  /**
   * `[record, index]` over the whole RDD, from 0, in the order of partitions. No shuffle, but the first action counts
   * the records of all partitions but the last before it starts. @throws `TSPARK_INDETERMINATE` from an action that reads a
   * partition to its end and meets another number of records than were counted; the next action counts again. What reads only some
   * (`take`, `first`, `lookup`) relies on the counts of the partitions before: where those have changed, its indexes are the old ones
   */
  zipWithIndex(): RDD<[T, number]> {
    const { internals, lineage } = this
    const origin = internals.origin('zipWithIndex')
    const zipped = new ZippedWithIndex(origin, lineage)
    zipped.preparation = async (site, signal) => {
      const counted = lineage.numPartitions - 1
      const counts =
        counted < 1
          ? []
          : await internals.run({
              lineage,
              operation: 'zipWithIndex',
              action: { terminal: () => ({ kind: 'count' }), functions: [] },
              decode: (bytes) => internals.decode(bytes) as number,
              partitions: Array.from({ length: counted }, (_, index) => index),
              options: { signal },
              site,
            })
      const starts = [0]
      for (const count of counts) starts.push(starts.at(-1)! + count)
      zipped.starts = starts
    }
    return this.make(zipped)
  }

  /** `[record, id]` with ids that are unique but not dense: partition k of n gives k, n+k, 2n+k … No shuffle, no job. */
  zipWithUniqueId(): RDD<[T, number]> {
    const { lineage } = this
    return this.step(this.internals.origin('zipWithUniqueId'), { op: 'map', fn: engine('withUniqueId', () => [lineage.numPartitions]) })
  }

  /**
   * A random sample. No shuffle; the same seed takes the same records.
   * @param withReplacement a record may come several times
   * @param fraction chance of each record (0 to 1), or with replacement how often it comes on average (0 or more)
   */
  sample(withReplacement: boolean, fraction: number, seed?: number): RDD<T> {
    checkFlag(withReplacement, 'sample', 'whether with replacement')
    checkFraction(fraction, 'sample', withReplacement)
    const origin = this.internals.origin('sample')
    if (withReplacement) return this.step(origin, { op: 'flatMap', fn: engine('repeated', [fraction, seedOf(seed)]) })
    return this.step(origin, { op: 'filter', fn: engine('between', [0, fraction, seedOf(seed)]) }, true)
  }

  /**
   * Splits at random by weights, which are brought to a sum of 1. No shuffle; every record is in exactly one part.
   * @throws `TSPARK_ARGUMENT` for negative weights or a sum of 0
   */
  randomSplit(weights: readonly number[], seed?: number): RDD<T>[] {
    const total = Array.isArray(weights) ? (weights as number[]).reduce((sum, weight) => sum + weight, 0) : 0
    if (!(total > 0) || weights.some((weight) => !(weight >= 0))) {
      throw new TsparkError('TSPARK_ARGUMENT', 'randomSplit(): weights are an array of numbers from 0 whose sum is more than 0')
    }
    const origin = this.internals.origin('randomSplit')
    const fixed = seedOf(seed)
    let low = 0
    return weights.map((weight, index) => {
      const from = low
      low = index === weights.length - 1 ? 1 : low + weight / total
      return this.step<T>(origin, { op: 'filter', fn: engine('between', [from, low, fixed]) }, true)
    })
  }

  /**
   * The lines a command prints when it gets the records as lines, one process a partition. No shuffle.
   * @param command a command line, split at spaces, or its parts
   * @param env variables for the command besides PATH, HOME, TMPDIR, LANG and TZ
   * @throws in the task, `TSPARK_PIPE` when the command cannot start or ends with another code than 0
   */
  pipe(command: string | readonly string[], env: Readonly<Record<string, string>> = {}, options: PipeOptions<T> = {}): RDD<string> {
    const { internals } = this
    const origin = internals.origin('pipe')
    if (typeof command !== 'string' && !(Array.isArray(command) && command.every((part) => typeof part === 'string'))) {
      throw new TsparkError('TSPARK_ARGUMENT', `pipe(): the command is a string or an array of strings, not ${shown(command)}`)
    }
    const empty = typeof command === 'string' ? command.trim() === '' : command.length === 0
    if (empty) throw new TsparkError('TSPARK_ARGUMENT', 'pipe(): the command is empty')
    const { printPipeContext, printRDDElement, separateWorkingDir = false, encoding = 'utf8', bufferSize = 65_536 } = options
    if (!ENCODINGS.has(encoding)) {
      throw new TsparkError('TSPARK_ARGUMENT', `pipe(): the encoding is one of ${[...ENCODINGS].join(', ')}, not ${shown(encoding)}`)
    }
    if (!Number.isInteger(bufferSize) || bufferSize < 1 || bufferSize > MOST_BUFFERED) {
      throw new TsparkError('TSPARK_ARGUMENT', `pipe(): the buffer's size is a whole number of bytes from 1 to ${MOST_BUFFERED}, not ${shown(bufferSize)}`)
    }
    const printers = [printPipeContext, printRDDElement].flatMap((fn) => (fn === undefined ? [] : [internals.ship(fn, 'pipe', this.pipe)]))
    const printed = engine('printedLines', [printPipeContext !== undefined, printRDDElement !== undefined], printers)
    const { lineage } = printers.length === 0 ? this : this.overPartitions<unknown>(origin, printed)
    return this.make(new Piped(origin, lineage, { command, env, separateWorkingDir, encoding, bufferSize }))
  }

  /** The same RDD with operations whose tasks run all together (Spark's RDDBarrier). */
  barrier(): RDDBarrier<T> {
    return new RDDBarrier(this as unknown as RDD<T>)
  }
}

function sameNumber(rdds: readonly { getNumPartitions(): number }[], operation: string): void {
  const numbers = rdds.map((rdd) => rdd.getNumPartitions())
  if (numbers.some((number) => number !== numbers[0])) {
    throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): can only pair RDDs with the same number of partitions, not ${numbers.join(' and ')}`, {
      hint: 'repartition them alike first',
    })
  }
}
