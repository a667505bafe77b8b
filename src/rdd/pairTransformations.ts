import { encodeValue } from '../closure/encodeValue.js'
import { TsparkError } from '../events/tsparkError.js'
import { exactShares } from '../plan/engine/exactShares.js'
import { HyperLogLog } from '../plan/engine/hyperLogLog.js'
import { seededRandom } from '../plan/engine/random.js'
import { engine, type FunctionSpec } from '../plan/functionRef.js'
import type { Lineage, Origin } from '../plan/lineage/lineage.js'
import { Combined } from '../plan/lineage/narrowSteps.js'
import { type CombinerSpec, ShuffleDependency } from '../plan/lineage/shuffleDependency.js'
import { Shuffled } from '../plan/lineage/shuffled.js'
import type { PartitionerSpec } from '../plan/partitionerSpec.js'
import { checkFlag, checkFraction, seedOf, shown } from './arguments.js'
import { AsyncTransformations } from './asyncTransformations.js'
import { choosePartitioner, partitionerOf } from './choosePartitioner.js'
import type { KnownPartitioner } from './partitionerSpecs.js'
import type { RDD } from './rdd.js'
import type { Pair, PartitionArgument, PartitionerLike, Recordable, Shippable, Widen } from './types.js'

const SAME = engine('identity')

/** Transformations of RDDs of pairs that combine values by key, and those that are built on them. */
export abstract class PairTransformations<T> extends AsyncTransformations<T> {
  /** A value for each value; keys stay. No shuffle; keeps the partitioner. */
  mapValues<K, V, W extends Recordable>(this: RDD<Pair<K, V>>, fn: (value: V) => W & Shippable<W>): RDD<[K, W]> {
    return this.step(this.internals.origin('mapValues'), { op: 'mapValues', fn: this.internals.ship(fn, 'mapValues', this.mapValues) }, true)
  }

  /** Any number of values for each value; keys stay. No shuffle; keeps the partitioner. */
  flatMapValues<K, V, W extends Recordable>(this: RDD<Pair<K, V>>, fn: (value: V) => Iterable<W>): RDD<[K, W]> {
    return this.step(this.internals.origin('flatMapValues'), { op: 'flatMapValues', fn: this.internals.ship(fn, 'flatMapValues', this.flatMapValues) }, true)
  }

  /** The keys. No shuffle. */
  keys<K, V>(this: RDD<Pair<K, V>>): RDD<K> {
    return this.step(this.internals.origin('keys'), { op: 'keys' })
  }

  /** The values. No shuffle. */
  values<K, V>(this: RDD<Pair<K, V>>): RDD<V> {
    return this.step(this.internals.origin('values'), { op: 'values' })
  }

  /**
   * One pair a key with its values combined by an associative, commutative function. Shuffles (values are combined before
   * they travel) unless the keys already lie together.
   * @param numPartitions number of partitions or a partitioner; default: that of the largest input, or its partitioner
   */
  reduceByKey<K, V>(this: RDD<Pair<K, V>>, fn: (a: Widen<V>, b: Widen<V>) => Widen<V>, numPartitions?: PartitionArgument<K>): RDD<[K, Widen<V>]> {
    const origin = this.internals.origin('reduceByKey')
    const merge = this.internals.ship(fn, 'reduceByKey', this.reduceByKey)
    return this.combine(origin, { create: SAME, mergeValue: merge, mergeCombiners: merge }, true, numPartitions)
  }

  /** `reduceByKey` that begins every key with a copy of `zero` in each partition. Shuffles. */
  foldByKey<K, V>(this: RDD<Pair<K, V>>, zero: Widen<V>, fn: (a: Widen<V>, b: Widen<V>) => Widen<V>, numPartitions?: PartitionArgument<K>): RDD<[K, Widen<V>]> {
    const origin = this.internals.origin('foldByKey')
    const merge = this.internals.ship(fn, 'foldByKey', this.foldByKey)
    const create = engine('fromZero', [encodeValue(zero)], [merge])
    return this.combine(origin, { create, mergeValue: merge, mergeCombiners: merge }, true, numPartitions)
  }

  /**
   * Values of one key folded into another type. Shuffles.
   * @param zero where every key begins in each partition (a copy of it)
   * @param seqOp takes a value in @param combOp brings two partitions' results together
   */
  aggregateByKey<K, V, C>(
    this: RDD<Pair<K, V>>,
    zero: C,
    seqOp: (acc: C, value: V) => C,
    combOp: (a: C, b: C) => C,
    numPartitions?: PartitionArgument<K>,
  ): RDD<[K, C]> {
    const origin = this.internals.origin('aggregateByKey')
    const mergeValue = this.internals.ship(seqOp, 'aggregateByKey', this.aggregateByKey)
    const mergeCombiners = this.internals.ship(combOp, 'aggregateByKey', this.aggregateByKey)
    return this.combine(origin, { create: engine('fromZero', [encodeValue(zero)], [mergeValue]), mergeValue, mergeCombiners }, true, numPartitions)
  }

  /**
   * The general form: how a key's first value becomes a combined one, how one more is taken in, how two are merged. Shuffles.
   * @param mapSideCombine combine before the shuffle (default true)
   */
  combineByKey<K, V, C>(
    this: RDD<Pair<K, V>>,
    createCombiner: (value: V) => C,
    mergeValue: (combined: C, value: V) => C,
    mergeCombiners: (a: C, b: C) => C,
    numPartitions?: PartitionArgument<K>,
    mapSideCombine = true,
  ): RDD<[K, C]> {
    const { internals } = this
    const origin = internals.origin('combineByKey')
    const combiner = {
      create: internals.ship(createCombiner, 'combineByKey', this.combineByKey),
      mergeValue: internals.ship(mergeValue, 'combineByKey', this.combineByKey),
      mergeCombiners: internals.ship(mergeCombiners, 'combineByKey', this.combineByKey),
    }
    return this.combine(origin, combiner, mapSideCombine, numPartitions)
  }

  /**
   * All values of a key, as an iterable that can be read any number of times. Shuffles every value: prefer `reduceByKey` or
   * `aggregateByKey` for sums and counts.
   */
  groupByKey<K, V>(this: RDD<Pair<K, V>>, numPartitions?: PartitionArgument<K>): RDD<[K, Iterable<V>]> {
    return this.groupedValues(this.internals.origin('groupByKey'), numPartitions)
  }

  /** Records by the key that a function gives. Shuffles every record. */
  groupBy<K>(fn: (record: T) => K, numPartitions?: PartitionArgument<K>): RDD<[K, Iterable<T>]> {
    const origin = this.internals.origin('groupBy')
    const keyed = this.step<[K, T]>(origin, { op: 'keyBy', fn: this.internals.ship(fn, 'groupBy', this.groupBy) })
    return keyed.groupedValues(origin, numPartitions)
  }

  /** Every different record once. Shuffles, unless the partitioner is known and the number of partitions stays. */
  distinct(numPartitions?: number): RDD<T> {
    const origin = this.internals.origin('distinct')
    const keep = engine('keepFirst')
    const combiner = { create: SAME, mergeValue: keep, mergeCombiners: keep }
    const { partitioner } = this.lineage
    // equal records have equal keys, so they lie together already
    const inPlace = partitioner !== undefined && (numPartitions ?? partitioner.numPartitions) === partitioner.numPartitions
    const keyed = this.step<[T, null]>(origin, { op: 'map', fn: engine('withNull') }, inPlace)
    const once = inPlace
      ? this.make<[T, null]>(new Combined(origin, keyed.lineage, combiner))
      : keyed.combine<T, null, null>(origin, combiner, true, numPartitions)
    return once.step(origin, { op: 'keys' }, inPlace)
  }

  /**
   * The pairs spread by their keys. Shuffles unless they already are.
   * @param numPartitions a number, or a partitioner
   * @param fn with a number: the partition of a key, from 0 to `numPartitions - 1` (default: by hash)
   */
  partitionBy<K, V>(this: RDD<Pair<K, V>>, numPartitions: PartitionArgument<K>, fn?: (key: K) => number): RDD<[K, V]> {
    const origin = this.internals.origin('partitionBy')
    const spec = partitionerOf(this.internals, numPartitions, 'partitionBy', this.partitionBy, fn as ((key: unknown) => number) | undefined)
    if (this.lineage.partitioner?.equals(spec)) return this as unknown as RDD<[K, V]>
    return this.derived(new Shuffled(origin, new ShuffleDependency(origin, this.lineage, spec)))
  }

  /** How many different values each key has, about: `[key, count]`. Shuffles small sketches. @param relativeSD accuracy, default 0.05 */
  countApproxDistinctByKey<K, V>(this: RDD<Pair<K, V>>, relativeSD = 0.05, numPartitions?: PartitionArgument<K>): RDD<[K, number]> {
    const origin = this.internals.origin('countApproxDistinctByKey')
    const bits = sketchBits(relativeSD, 'countApproxDistinctByKey')
    const combiner = { create: engine('sketchOf', [bits]), mergeValue: engine('sketchAdd'), mergeCombiners: engine('sketchMerge') }
    const sketches = this.combine<K, V, Uint8Array>(origin, combiner, true, numPartitions)
    return sketches.step(origin, { op: 'mapValues', fn: engine('sketchCount') }, true)
  }

  /**
   * A sample with a fraction of its own for each key; keys without one are left out. No shuffle.
   * @param fractions by key, 0 to 1 (with replacement: 0 or more)
   */
  sampleByKey<K, V>(
    this: RDD<Pair<K, V>>,
    withReplacement: boolean,
    fractions: ReadonlyMap<K, number> | Readonly<Record<string, number>>,
    seed?: number,
  ): RDD<[K, V]> {
    const origin = this.internals.origin('sampleByKey')
    const args = [encodeValue(fractionsOf(fractions, 'sampleByKey', withReplacement)), seedOf(seed)]
    if (withReplacement) return this.step(origin, { op: 'flatMap', fn: engine('repeatedByKey', args) }, true)
    return this.step(origin, { op: 'filter', fn: engine('betweenByKey', args) }, true)
  }

  /**
   * `sampleByKey` whose sizes are exact: of each key the fraction of its records, rounded up. No shuffle, but the first
   * action counts the records of every key before it starts.
   */
  sampleByKeyExact<K, V>(
    this: RDD<Pair<K, V>>,
    withReplacement: boolean,
    fractions: ReadonlyMap<K, number> | Readonly<Record<string, number>>,
    seed?: number,
  ): RDD<[K, V]> {
    const { internals, lineage } = this
    const origin = internals.origin('sampleByKeyExact')
    const entries = fractionsOf(fractions, 'sampleByKeyExact', withReplacement)
    const fixed = seedOf(seed)
    let shares: Uint8Array[] = []
    const counted = engine('reduceLocally', [], [engine('add')])
    const ones = this.step<[K, number]>(origin, { op: 'map', fn: engine('keyOne') })
    const fn = engine('exactByKey', () => [shares, withReplacement, fixed])
    const made = this.step<[K, V]>(origin, { op: 'flatMap', fn }, true)
    made.lineage.preparation = async (site, signal) => {
      const counts = await internals.run({
        lineage: ones.lineage,
        operation: 'sampleByKeyExact',
        action: { terminal: (builder) => ({ kind: 'partition', fn: builder.fn(counted), operation: 'sampleByKeyExact' }), functions: [counted] },
        decode: (bytes) => internals.decode(bytes) as [K, number][],
        partitions: Array.from({ length: lineage.numPartitions }, (_, index) => index),
        options: { signal },
        site,
      })
      shares = exactShares(counts, entries, withReplacement, seededRandom(fixed, -1)).map((share) => encodeValue(share))
    }
    return made
  }

  /** @internal */
  protected override dealtOut(operation: string, numPartitions: number): RDD<T> {
    const origin = this.internals.origin(operation)
    const dealt = this.step<[number, T]>(origin, { op: 'map', fn: engine('dealt', [numPartitions]) })
    const spec = new DealtSpec(numPartitions)
    const shuffled = this.make<[number, T]>(new Shuffled(origin, new ShuffleDependency(origin, dealt.lineage, spec), { hidesPartitioner: true }))
    return shuffled.step(origin, { op: 'values' })
  }

  /** @internal */
  groupedValues<K, V>(this: RDD<Pair<K, V>>, origin: Origin, argument?: PartitionArgument<never>): RDD<[K, Iterable<V>]> {
    const spec = choosePartitioner(this.internals, [this.lineage], origin.operation, argument as PartitionArgument | undefined)
    return this.cogrouped(origin, [], spec).step(origin, { op: 'mapValues', fn: engine('onlySide') }, true)
  }

  /** @internal combines by key, by a shuffle or in place */
  combine<K, V, C>(this: RDD<Pair<K, V>>, origin: Origin, combiner: CombinerSpec, mapSide: boolean, argument?: PartitionArgument<never>): RDD<[K, C]> {
    const spec = choosePartitioner(this.internals, [this.lineage], origin.operation, argument as PartitionArgument | undefined)
    const { lineage } = this
    if (lineage.partitioner?.equals(spec)) return this.derived(new Combined(origin, lineage, combiner))
    return this.derived(new Shuffled(origin, new ShuffleDependency(origin, lineage, spec, mapSide ? combiner : undefined), { combiner }))
  }

  /** @internal */
  derived<U>(lineage: Lineage): RDD<U> {
    return this.make(lineage)
  }
}

/** Fractions by key as a list, each within its range. */
function fractionsOf(fractions: unknown, operation: string, withReplacement: unknown): [unknown, number][] {
  checkFlag(withReplacement, operation, 'whether with replacement')
  if (typeof fractions !== 'object' || fractions === null) {
    throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): the fractions are a Map or an object by key, not ${shown(fractions)}`)
  }
  const entries: [unknown, number][] = fractions instanceof Map ? [...fractions] : Object.entries(fractions)
  for (const [, fraction] of entries) checkFraction(fraction, operation, withReplacement as boolean)
  return entries
}

/** Records that carry their partition as key. */
class DealtSpec implements KnownPartitioner {
  readonly fn: FunctionSpec = engine('samePartition')
  readonly shown: PartitionerLike | undefined = undefined
  constructor(readonly numPartitions: number) {}
  getPartition(key: unknown): number {
    return key as number
  }
  equals(other: PartitionerSpec): boolean {
    return this === other
  }
}

/** Bits of a sketch, from the accuracy that is wanted. */
export function sketchBits(relativeSD: number, operation: string): number {
  if (typeof relativeSD === 'number' && relativeSD > 0.001 && relativeSD <= 0.37) return HyperLogLog.bitsFor(relativeSD)
  throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): the relative deviation is a number above 0.001 and up to 0.37, not ${String(relativeSD)}`)
}
