import { encodeValue } from '../closure/encodeValue.js'
import { compareKeys } from '../plan/compareKeys.js'
import { engine, type FunctionSpec } from '../plan/functionRef.js'
import type { Origin } from '../plan/lineage/lineage.js'
import { Coalesced } from '../plan/lineage/narrowSteps.js'
import { ShuffleDependency } from '../plan/lineage/shuffleDependency.js'
import { Shuffled } from '../plan/lineage/shuffled.js'
import { checkFlag, checkKeyFn, checkPartitions } from './arguments.js'
import { choosePartitioner, partitionerOf } from './choosePartitioner.js'
import { Joins } from './joins.js'
import { RangeSpec } from './partitionerSpecs.js'
import { rangeBounds } from './rangeBounds.js'
import type { RDD } from './rdd.js'
import type { Pair, PartitionArgument } from './types.js'

/** Transformations that put records or keys in order. */
export abstract class OrderedTransformations<T> extends Joins<T> {
  /**
   * The records in the order of a key. Shuffles by ranges, whose bounds the first action finds from a sample of the keys;
   * records with equal keys keep their order.
   * @param keyFn gives a record's key: numbers, strings, dates, bigints, booleans or arrays of these
   * @param ascending default true @param numPartitions default: as many as this RDD
   */
  sortBy<K>(keyFn: (record: T) => K, ascending = true, numPartitions?: number): RDD<T> {
    checkKeyFn(keyFn, 'sortBy')
    const origin = this.internals.origin('sortBy')
    const keyed = this.step<[K, T]>(origin, { op: 'keyBy', fn: this.internals.ship(keyFn, 'sortBy', this.sortBy) })
    return keyed.sorted(origin, ascending, numPartitions).step(origin, { op: 'values' })
  }

  /** Pairs in the order of their keys; see `sortBy`. Shuffles. @param keyFn orders by what it gives for a key instead of the key itself */
  sortByKey<K, V>(this: RDD<Pair<K, V>>, ascending = true, numPartitions?: number, keyFn?: (key: K) => unknown): RDD<[K, V]> {
    checkKeyFn(keyFn, 'sortByKey')
    const origin = this.internals.origin('sortByKey')
    const shipped = keyFn && { shipped: this.internals.ship(keyFn, 'sortByKey', this.sortByKey), call: keyFn as (key: unknown) => unknown }
    return this.sorted(origin, ascending, numPartitions, shipped) as RDD<[K, V]>
  }

  /**
   * Spreads pairs by a partitioner and sorts each partition by key while it reads: cheaper than `partitionBy` and then a
   * sort. Shuffles.
   * @param numPartitions a number (default: as many as this RDD) with `fn` for the partition of a key, or a partitioner in
   * place of both
   */
  repartitionAndSortWithinPartitions<K, V>(
    this: RDD<Pair<K, V>>,
    numPartitions?: PartitionArgument<K>,
    ...rest: [fn?: ((key: K) => number) | boolean, ascending?: boolean | ((key: K) => unknown), keyFn?: (key: K) => unknown]
  ): RDD<[K, V]> {
    const { internals } = this
    const operation = 'repartitionAndSortWithinPartitions'
    const origin = internals.origin(operation)
    // a partitioner stands for number and function: what follows moves up by one
    const [fn, ascending = true, keyFn] = (typeof numPartitions === 'object' && typeof rest[0] !== 'function' ? [undefined, ...rest] : rest) as [
      ((key: unknown) => number) | undefined,
      boolean | undefined,
      ((key: K) => unknown) | undefined,
    ]
    checkFlag(ascending, operation, 'whether ascending')
    checkKeyFn(keyFn, operation)
    const count = numPartitions ?? (fn ? this.lineage.numPartitions : undefined)
    const spec =
      count === undefined
        ? choosePartitioner(internals, [this.lineage], operation)
        : partitionerOf(internals, count as PartitionArgument, operation, this.repartitionAndSortWithinPartitions, fn)
    const order = engine('inOrder', [ascending], keyFn ? [internals.ship(keyFn, operation, this.repartitionAndSortWithinPartitions)] : [])
    return this.derived(new Shuffled(origin, new ShuffleDependency(origin, this.lineage, spec), { order }))
  }

  /** The pairs with keys from `lower` to `upper`, both included. No shuffle; after `sortByKey` reads only the partitions that can have them. */
  filterByRange<K, V>(this: RDD<Pair<K, V>>, lower: K, upper: K): RDD<[K, V]> {
    const origin = this.internals.origin('filterByRange')
    const fn = engine('inRange', [encodeValue(lower), encodeValue(upper)])
    const spec = this.lineage.partitioner
    if (!(spec instanceof RangeSpec) || spec.keyFn) return this.step(origin, { op: 'filter', fn }, true)
    const { lineage } = this
    const groups = (): number[][] => {
      const ends = [spec.getPartition(lower), spec.getPartition(upper)]
      const [from, to] = ends.includes(undefined) ? [0, spec.numPartitions - 1] : [Math.min(...(ends as number[])), Math.max(...(ends as number[]))]
      return compareKeys(lower, upper) > 0 ? [] : Array.from({ length: to - from + 1 }, (_, index) => [from + index])
    }
    const pruned = this.make<Pair<K, V>>(new Coalesced(origin, lineage, groups))
    return pruned.step(origin, { op: 'filter', fn })
  }

  /** @internal */
  sorted<K, V>(
    this: RDD<Pair<K, V>>,
    origin: Origin,
    ascending: boolean,
    numPartitions?: number,
    keyFn?: { shipped: FunctionSpec; call: (key: unknown) => unknown },
  ): RDD<Pair<K, V>> {
    const { internals, lineage } = this
    checkFlag(ascending, origin.operation, 'whether ascending')
    if (numPartitions !== undefined) checkPartitions(numPartitions, origin.operation)
    const spec = new RangeSpec(numPartitions ?? (() => lineage.numPartitions), ascending, keyFn)
    const order = engine('inOrder', [ascending], keyFn ? [keyFn.shipped] : [])
    const made = this.make<Pair<K, V>>(new Shuffled(origin, new ShuffleDependency(origin, lineage, spec), { order }))
    made.lineage.preparation = async (site, signal) => {
      spec.bounds ??= await rangeBounds(internals, lineage, spec.numPartitions, origin, keyFn?.shipped, site, signal)
    }
    return made
  }
}
