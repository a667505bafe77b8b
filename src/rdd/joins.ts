import { engine, type FunctionSpec } from '../plan/functionRef.js'
import type { Lineage, Origin } from '../plan/lineage/lineage.js'
import { ShuffleDependency } from '../plan/lineage/shuffleDependency.js'
import { CoGrouped } from '../plan/lineage/shuffled.js'
import type { PartitionerSpec } from '../plan/partitionerSpec.js'
import type { JoinKind } from '../plan/taskHost.js'
import { choosePartitioner, partitionerOf } from './choosePartitioner.js'
import { PairTransformations } from './pairTransformations.js'
import type { RDD } from './rdd.js'
import { checkRdds } from './rddCore.js'
import type { Pair, PartitionArgument } from './types.js'

/** An RDD of whatever records. */
interface HasLineage {
  readonly lineage: Lineage
}

/** Operations that bring several RDDs together by key. A side that is partitioned alike already is read in place. */
export abstract class Joins<T> extends PairTransformations<T> {
  /** Values of both sides for every key of both: `[key, [value, other]]`, one for each combination. Shuffles. */
  join<K, V, W>(this: RDD<Pair<K, V>>, other: RDD<Pair<K, W>>, numPartitions?: PartitionArgument<K>): RDD<[K, [V, W]]> {
    return this.joined('join', 'inner', other, numPartitions)
  }

  /** `join` that also keeps keys without a value on the other side, `undefined` in its place. Shuffles. */
  leftOuterJoin<K, V, W>(this: RDD<Pair<K, V>>, other: RDD<Pair<K, W>>, numPartitions?: PartitionArgument<K>): RDD<[K, [V, W | undefined]]> {
    return this.joined('leftOuterJoin', 'left', other, numPartitions)
  }

  /** `join` that also keeps keys without a value on this side, `undefined` in its place. Shuffles. */
  rightOuterJoin<K, V, W>(this: RDD<Pair<K, V>>, other: RDD<Pair<K, W>>, numPartitions?: PartitionArgument<K>): RDD<[K, [V | undefined, W]]> {
    return this.joined('rightOuterJoin', 'right', other, numPartitions)
  }

  /** `join` that keeps the keys of both sides, `undefined` where one is missing. Shuffles. */
  fullOuterJoin<K, V, W>(this: RDD<Pair<K, V>>, other: RDD<Pair<K, W>>, numPartitions?: PartitionArgument<K>): RDD<[K, [V | undefined, W | undefined]]> {
    return this.joined('fullOuterJoin', 'full', other, numPartitions)
  }

  /** For every key of any side the values of each side: `[key, [values, others, …]]`; up to four RDDs. Shuffles. */
  cogroup<K, V, A>(this: RDD<Pair<K, V>>, a: RDD<Pair<K, A>>, numPartitions?: PartitionArgument<K>): RDD<[K, [Iterable<V>, Iterable<A>]]>
  cogroup<K, V, A, B>(
    this: RDD<Pair<K, V>>,
    a: RDD<Pair<K, A>>,
    b: RDD<Pair<K, B>>,
    numPartitions?: PartitionArgument<K>,
  ): RDD<[K, [Iterable<V>, Iterable<A>, Iterable<B>]]>
  cogroup<K, V, A, B, C>(
    this: RDD<Pair<K, V>>,
    a: RDD<Pair<K, A>>,
    b: RDD<Pair<K, B>>,
    c: RDD<Pair<K, C>>,
    numPartitions?: PartitionArgument<K>,
  ): RDD<[K, [Iterable<V>, Iterable<A>, Iterable<B>, Iterable<C>]]>
  cogroup(this: RDD<Pair<unknown, unknown>>, ...given: unknown[]): RDD<unknown> {
    return this.grouped('cogroup', given)
  }

  /** Same as `cogroup`. Shuffles. */
  groupWith<K, V, A>(this: RDD<Pair<K, V>>, a: RDD<Pair<K, A>>): RDD<[K, [Iterable<V>, Iterable<A>]]>
  groupWith<K, V, A, B>(this: RDD<Pair<K, V>>, a: RDD<Pair<K, A>>, b: RDD<Pair<K, B>>): RDD<[K, [Iterable<V>, Iterable<A>, Iterable<B>]]>
  groupWith<K, V, A, B, C>(
    this: RDD<Pair<K, V>>,
    a: RDD<Pair<K, A>>,
    b: RDD<Pair<K, B>>,
    c: RDD<Pair<K, C>>,
  ): RDD<[K, [Iterable<V>, Iterable<A>, Iterable<B>, Iterable<C>]]>
  groupWith(this: RDD<Pair<unknown, unknown>>, ...given: unknown[]): RDD<unknown> {
    return this.grouped('groupWith', given)
  }

  /** The pairs whose key the other RDD lacks. Shuffles; as many partitions as this RDD. */
  subtractByKey<K, V, W>(this: RDD<Pair<K, V>>, other: RDD<Pair<K, W>>, numPartitions?: PartitionArgument<K>): RDD<[K, V]> {
    const origin = this.internals.origin('subtractByKey')
    checkRdds([other], 'subtractByKey')
    return this.cogrouped(origin, [other], this.leftPartitioner('subtractByKey', numPartitions)).step(
      origin,
      { op: 'flatMapValues', fn: engine('onlyLeft') },
      true,
    )
  }

  /** The records the other RDD lacks; duplicates stay. Shuffles; as many partitions as this RDD. */
  subtract(other: RDD<T>, numPartitions?: PartitionArgument<T>): RDD<T> {
    const origin = this.internals.origin('subtract')
    checkRdds([other], 'subtract')
    const spec = this.leftPartitioner('subtract', numPartitions)
    const [mine, theirs] = this.#keyed(origin, other)
    const left = mine.cogrouped(origin, [theirs], spec).step<Pair<T, null>>(origin, { op: 'flatMapValues', fn: engine('onlyLeft') }, true)
    return left.step(origin, { op: 'keys' })
  }

  /** The records in both RDDs, each once. Shuffles. */
  intersection(other: RDD<T>, numPartitions?: PartitionArgument<T>): RDD<T> {
    const origin = this.internals.origin('intersection')
    checkRdds([other], 'intersection')
    const [mine, theirs] = this.#keyed(origin, other)
    const spec = choosePartitioner(this.internals, [mine.lineage, theirs.lineage], 'intersection', numPartitions as PartitionArgument | undefined)
    const both = mine.cogrouped(origin, [theirs], spec).step<Pair<T, unknown>>(origin, { op: 'filter', fn: engine('inBoth') }, true)
    return both.step(origin, { op: 'keys' })
  }

  /** @internal */
  cogrouped(origin: Origin, others: readonly HasLineage[], spec: PartitionerSpec, join?: JoinKind): RDD<Pair<unknown, unknown[][]>> {
    const inputs = [this.lineage, ...others.map((other) => other.lineage)].map((lineage) =>
      lineage.partitioner?.equals(spec) ? lineage : new ShuffleDependency(origin, lineage, spec),
    )
    return this.make(new CoGrouped(origin, inputs, spec, join))
  }

  /** @internal */
  joined<R>(operation: string, kind: JoinKind, other: HasLineage, argument?: PartitionArgument<never>): RDD<R> {
    const origin = this.internals.origin(operation)
    checkRdds([other], operation)
    const spec = choosePartitioner(this.internals, [this.lineage, other.lineage], operation, argument as PartitionArgument | undefined)
    return this.cogrouped(origin, [other], spec, kind) as RDD<unknown> as RDD<R>
  }

  /** @internal */
  grouped(operation: string, given: readonly unknown[]): RDD<unknown> {
    const origin = this.internals.origin(operation)
    const others = given.filter((each): each is HasLineage => each instanceof Joins)
    const argument = given.find((each) => each !== undefined && !(each instanceof Joins)) as PartitionArgument | undefined
    const lineages = [this.lineage, ...others.map((other) => other.lineage)]
    return this.cogrouped(origin, others, choosePartitioner(this.internals, lineages, operation, argument)) as RDD<unknown>
  }

  /** @internal without a number, subtraction keeps what the left side has */
  leftPartitioner(operation: string, argument: PartitionArgument<never> | undefined): PartitionerSpec {
    if (argument !== undefined) return partitionerOf(this.internals, argument as PartitionArgument, operation, this.subtract)
    return choosePartitioner(this.internals, [this.lineage], operation)
  }

  #keyed(origin: Origin, other: RDD<T>): [RDD<Pair<T, null>>, RDD<Pair<T, null>>] {
    const fn: FunctionSpec = engine('withNull')
    return [this.step(origin, { op: 'map', fn }), other.step(origin, { op: 'map', fn })]
  }
}
