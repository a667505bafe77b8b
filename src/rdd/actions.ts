import { encodeValue } from '../closure/encodeValue.js'
import { TsparkError } from '../events/tsparkError.js'
import { compareKeys } from '../plan/compareKeys.js'
import { boundedOrder } from '../plan/compile/boundedOrder.js'
import { HyperLogLog } from '../plan/engine/hyperLogLog.js'
import { seededRandom } from '../plan/engine/random.js'
import { engine, type FunctionSpec } from '../plan/functionRef.js'
import { joinArrays } from '../plan/joinArrays.js'
import { KeyMap } from '../plan/keyMap.js'
import type { ActionSite } from '../plan/lineage/preparation.js'
import { atOperation } from '../plan/operationError.js'
import type { Terminal } from '../plan/program.js'
import type { StageBuilder } from '../plan/stageBuilder.js'
import { decodeRecords } from '../shuffle/decodeRecords.js'
import { checkCount, checkDepth, checkFlag, checkFunction, checkKeyFn, seedOf } from './arguments.js'
import { OrderedTransformations } from './orderedTransformations.js'
import { sketchBits } from './pairTransformations.js'
import type { ActionOptions, PartitionArgument } from './types.js'

interface ActionSettings<R = unknown> {
  functions?: readonly FunctionSpec[]
  partitions?: readonly number[]
  options?: ActionOptions
  site?: ActionSite
  onResult?: (position: number, value: R) => void
}

/** Actions of any RDD: they run a job and give its result to the driver. */
export abstract class Actions<T> extends OrderedTransformations<T> {
  /** All records, in the order of partitions; they must fit in the driver's memory. */
  async collect(options: ActionOptions = {}): Promise<T[]> {
    const parts = await this.runJob('collect', () => ({ kind: 'collect' }), decodeRecords as (bytes: Uint8Array) => T[], { options })
    return parts.length === 1 ? parts[0]! : joinArrays(parts)
  }

  /** The number of records. */
  async count(options: ActionOptions = {}): Promise<number> {
    const counts = await this.runJob('count', () => ({ kind: 'count' }), this.#value<number>(), { options })
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** The first `n` records, computing only the partitions it needs: one, then four times as many. `[]` for n up to 0. */
  async take(n: number, options: ActionOptions = {}): Promise<T[]> {
    if (!(Number.isInteger(n) && n < 0)) checkCount(n, 'take', 'a number of records')
    return await this.#take(n, 'take', options)
  }

  /** The first record. @throws `TSPARK_EMPTY` if there is none */
  async first(options: ActionOptions = {}): Promise<T> {
    const taken = await this.#take(1, 'first', options)
    if (taken.length === 0) throw emptyCollection('first')
    return taken[0]!
  }

  /** Whether there is no record at all. Computes as few partitions as it can. */
  async isEmpty(options: ActionOptions = {}): Promise<boolean> {
    return (await this.#take(1, 'isEmpty', options)).length === 0
  }

  /**
   * All records brought together by an associative, commutative function.
   * @throws `TSPARK_EMPTY` if there are none
   */
  async reduce(fn: (a: T, b: T) => T, options: ActionOptions = {}): Promise<T> {
    const shipped = this.internals.ship(fn, 'reduce', this.reduce)
    return reduceParts(await this.#reduceParts('reduce', shipped, options), fn, 'reduce')
  }

  /**
   * `reduce` in a tree: what partitions give is brought together in executors, by shuffles, until few are left for the driver.
   * @param depth levels of the tree (default 2)
   * @throws `TSPARK_EMPTY` if there are no records
   */
  async treeReduce(fn: (a: T, b: T) => T, depth = 2, options: ActionOptions = {}): Promise<T> {
    checkDepth(depth, 'treeReduce')
    const shipped = this.internals.ship(fn, 'treeReduce', this.treeReduce)
    const parts = this.#tree<T>('treeReduce', engine('reducePart', [], [shipped]), shipped, depth)
    return reduceParts(await parts.#reduceParts('treeReduce', shipped, options), fn, 'treeReduce')
  }

  /** `reduce` from a zero, which is used once in every partition and once to merge them. */
  async fold(zero: T, fn: (a: T, b: T) => T, options: ActionOptions = {}): Promise<T> {
    const shipped = this.internals.ship(fn, 'fold', this.fold)
    const parts = await this.#foldParts<T>('fold', zero, shipped, options)
    return parts.reduce(fn, this.#copy(zero))
  }

  /** Records folded into another type. @param seqOp takes one record in @param combOp brings two partitions' results together */
  async aggregate<A>(zero: A, seqOp: (acc: A, record: T) => A, combOp: (a: A, b: A) => A, options: ActionOptions = {}): Promise<A> {
    const shipped = this.internals.ship(seqOp, 'aggregate', this.aggregate)
    checkFunction(combOp, 'aggregate')
    const parts = await this.#foldParts<A>('aggregate', zero, shipped, options)
    return parts.reduce(combOp, this.#copy(zero))
  }

  /**
   * `aggregate` in a tree: what partitions give is brought together in executors, by shuffles, until few are left for the
   * driver. The zero is not used to merge.
   * @param depth levels of the tree (default 2)
   */
  async treeAggregate<A>(zero: A, seqOp: (acc: A, record: T) => A, combOp: (a: A, b: A) => A, depth = 2, options: ActionOptions = {}): Promise<A> {
    checkDepth(depth, 'treeAggregate')
    const shipped = this.internals.ship(seqOp, 'treeAggregate', this.treeAggregate)
    const merge = this.internals.ship(combOp, 'treeAggregate', this.treeAggregate)
    const parts = this.#tree<A>('treeAggregate', engine('foldPart', [encodeValue(zero)], [shipped]), merge, depth)
    const merged = (await parts.#reduceParts('treeAggregate', merge, options)).flat(1) as A[]
    return merged.length === 0 ? this.#copy(zero) : merged.reduce(combOp)
  }

  /** Calls a function for every record, in executors. A promise it gives is waited for at the end of the task. */
  async foreach(fn: (record: T) => void, options: ActionOptions = {}): Promise<void> {
    const shipped = this.internals.ship(fn, 'foreach', this.foreach)
    await this.runJob(
      'foreach',
      (builder) => ({ kind: 'foreach', fn: builder.fn(shipped) }),
      () => undefined,
      { functions: [shipped], options },
    )
  }

  /** Calls a function once a partition with an iterator over its records; it may wait. */
  async foreachPartition(fn: (records: IterableIterator<T>) => void | Promise<void>, options: ActionOptions = {}): Promise<void> {
    const shipped = this.internals.ship(fn, 'foreachPartition', this.foreachPartition)
    await this.onPartitions('foreachPartition', shipped, options)
  }

  /** The `n` largest records, largest first. @param keyFn orders by what it gives (default: the record itself) */
  async top(n: number, keyFn?: (record: T) => unknown, options: ActionOptions = {}): Promise<T[]> {
    return await this.#ordered('top', n, false, keyFn, options, this.top)
  }

  /** The `n` smallest records in order. @param keyFn orders by what it gives (default: the record itself) */
  async takeOrdered(n: number, keyFn?: (record: T) => unknown, options: ActionOptions = {}): Promise<T[]> {
    return await this.#ordered('takeOrdered', n, true, keyFn, options, this.takeOrdered)
  }

  /** The largest record. @throws `TSPARK_EMPTY` if there are none */
  async max(keyFn?: (record: T) => unknown, options: ActionOptions = {}): Promise<T> {
    const found = await this.#ordered('max', 1, false, keyFn, options, this.max)
    if (found.length === 0) throw emptyCollection('max')
    return found[0]!
  }

  /** The smallest record. @throws `TSPARK_EMPTY` if there are none */
  async min(keyFn?: (record: T) => unknown, options: ActionOptions = {}): Promise<T> {
    const found = await this.#ordered('min', 1, true, keyFn, options, this.min)
    if (found.length === 0) throw emptyCollection('min')
    return found[0]!
  }

  /** How often each different record occurs. The map must fit in the driver's memory. */
  async countByValue(options: ActionOptions = {}): Promise<Map<T, number>> {
    return (await this.#counted('countByValue', engine('withOne'), options)) as Map<T, number>
  }

  /** @internal */
  async countedKeys(options: ActionOptions): Promise<Map<unknown, number>> {
    return await this.#counted('countByKey', engine('keyOne'), options)
  }

  /** About how many different records there are (HyperLogLog). @param relativeSD accuracy, default 0.05 */
  async countApproxDistinct(relativeSD = 0.05, options: ActionOptions = {}): Promise<number> {
    const bits = sketchBits(relativeSD, 'countApproxDistinct')
    const parts = await this.onPartitions<Uint8Array>('countApproxDistinct', engine('sketch', [bits]), options)
    const all = HyperLogLog.create(bits)
    for (const part of parts) all.merge(part)
    return all.estimate()
  }

  /** A random sample of `num` records. @param num all of them if there are fewer (with replacement always `num`) */
  async takeSample(withReplacement: boolean, num: number, seed?: number, options: ActionOptions = {}): Promise<T[]> {
    checkFlag(withReplacement, 'takeSample', 'whether with replacement')
    checkCount(num, 'takeSample', 'a number of records')
    const total = num === 0 ? 0 : await this.count(options)
    if (total === 0) return []
    const random = seededRandom(seedOf(seed))
    const wanted = withReplacement ? num : Math.min(num, total)
    // which records, by index: drawn in the driver, so that the number is exact
    const places = withReplacement ? Array.from({ length: num }, () => Math.floor(random() * total)) : drawn(total, wanted, random)
    const byPlace = new Map<number, T>()
    const needed = new Set(places)
    let at = 0
    for await (const record of this.toLocalIterator(options)) {
      if (needed.has(at)) byPlace.set(at, record)
      if (byPlace.size === needed.size) break
      at++
    }
    return places.map((place) => byPlace.get(place)!)
  }

  /**
   * The records one by one, computing a partition at a time: the driver holds one partition.
   * `for await (const record of rdd.toLocalIterator())`
   */
  async *toLocalIterator(options: ActionOptions = {}): AsyncIterableIterator<T> {
    const site = this.internals.actionSite()
    await this.internals.prepare(this.lineage, options.signal, site)
    for (let partition = 0; partition < this.lineage.numPartitions; partition++) {
      const decode = decodeRecords as (bytes: Uint8Array) => T[]
      const [records] = await this.runJob('toLocalIterator', () => ({ kind: 'collect' }), decode, { partitions: [partition], options, site })
      yield* records!
    }
  }

  /** @internal one job with a terminal of its own */
  async runJob<R>(
    operation: string,
    terminal: (builder: StageBuilder) => Terminal,
    decode: (bytes: Uint8Array) => R,
    settings: ActionSettings<R>,
  ): Promise<R[]> {
    const { functions = [], ...rest } = settings
    return await this.internals.run({ lineage: this.lineage, operation, action: { terminal, functions }, decode, ...rest })
  }

  /** @internal a function over the records of each partition; gives what it gave */
  async onPartitions<R>(operation: string, fn: FunctionSpec, options: ActionOptions, partitions?: readonly number[], site?: ActionSite): Promise<R[]> {
    const terminal = (builder: StageBuilder): Terminal => ({ kind: 'partition', fn: builder.fn(fn), operation })
    return await this.runJob(operation, terminal, this.#value<R>(), { functions: [fn], options, partitions, site })
  }

  #value<R>(): (bytes: Uint8Array) => R {
    return (bytes) => this.internals.decode(bytes) as R
  }

  #copy<V>(value: V): V {
    return this.internals.decode(encodeValue(value)) as V
  }

  async #take(n: number, operation: string, options: ActionOptions): Promise<T[]> {
    const site = this.internals.actionSite()
    if (n <= 0) return []
    await this.internals.prepare(this.lineage, options.signal, site)
    const { 'spark.rdd.limit.initialNumPartitions': initial, 'spark.rdd.limit.scaleUpFactor': scale } = this.internals.runner.settings
    const total = this.lineage.numPartitions
    const taken: T[] = []
    for (let scanned = 0, round = initial; scanned < total && taken.length < n; ) {
      const partitions = Array.from({ length: Math.min(round, total - scanned) }, (_, index) => scanned + index)
      const limit = n - taken.length
      const decode = decodeRecords as (bytes: Uint8Array) => T[]
      const parts = await this.runJob(operation, () => ({ kind: 'take', limit }), decode, { partitions, options, site })
      for (const part of parts) for (const record of part) if (taken.length < n) taken.push(record)
      scanned += partitions.length
      round = scanned * scale
    }
    return taken
  }

  /** One value a partition, merged level by level as long as that makes much fewer. */
  #tree<A>(operation: string, part: FunctionSpec, merge: FunctionSpec, depth: number): Actions<A> {
    const origin = this.internals.origin(operation)
    let parts: Actions<A> = this.overPartitions<A>(origin, part)
    const scale = Math.max(2, Math.ceil(parts.getNumPartitions() ** (1 / depth)))
    for (let count = parts.getNumPartitions(); count > scale + Math.ceil(count / scale); ) {
      count = Math.floor(count / scale)
      const keyed = parts.overPartitions<[number, A]>(origin, engine('keyedByPartition', [count]))
      const combiner = { create: engine('identity'), mergeValue: merge, mergeCombiners: merge }
      parts = keyed.combine<number, A, A>(origin, combiner, false, count as PartitionArgument<never>).values()
    }
    return parts
  }

  async #reduceParts(operation: string, fn: FunctionSpec, options: ActionOptions): Promise<T[][]> {
    return await this.runJob(operation, (builder) => ({ kind: 'reduce', fn: builder.fn(fn) }), this.#value<T[]>(), { functions: [fn], options })
  }

  async #foldParts<A>(operation: string, zero: A, fn: FunctionSpec, options: ActionOptions): Promise<A[]> {
    const encoded = encodeValue(zero)
    return await this.runJob(operation, (builder) => ({ kind: 'fold', zero: encoded, fn: builder.fn(fn) }), this.#value<A>(), { functions: [fn], options })
  }

  async #ordered(
    operation: string,
    n: number,
    ascending: boolean,
    keyFn: ((record: T) => unknown) | undefined,
    options: ActionOptions,
    method: Function,
  ): Promise<T[]> {
    checkCount(n, operation, 'a number of records')
    checkKeyFn(keyFn, operation)
    if (n === 0) return []
    const site = this.internals.actionSite()
    const compare = engine('inOrder', [ascending], keyFn === undefined ? [] : [this.internals.ship(keyFn, operation, method)])
    const terminal = (builder: StageBuilder): Terminal => ({ kind: 'ordered', limit: n, compare: builder.fn(compare) })
    const parts = await this.runJob(operation, terminal, decodeRecords as (bytes: Uint8Array) => T[], { functions: [compare], options })
    const sign = ascending ? 1 : -1
    const key = keyFn ?? ((record: T): unknown => record)
    const order = boundedOrder(n, (a, b) => sign * compareKeys(key(a as T), key(b as T)))
    try {
      for (const part of parts) for (const record of part) order.add(record)
      return order.sorted() as T[]
    } catch (error) {
      throw atOperation(error, this.internals.label(operation, site))
    }
  }

  async #counted(operation: string, pairs: FunctionSpec, options: ActionOptions): Promise<Map<unknown, number>> {
    const origin = this.internals.origin(operation)
    const keyed = this.step<[unknown, number]>(origin, { op: 'map', fn: pairs })
    return mergeLocally(await keyed.onPartitions<[unknown, number][]>(operation, engine('reduceLocally', [], [engine('add')]), options), (a, b) => a + b)
  }
}

/** Pairs of several partitions in one Map, values of equal keys merged. */
export function mergeLocally<V>(parts: readonly (readonly [unknown, V][])[], merge: (a: V, b: V) => V): Map<unknown, V> {
  const merged = new KeyMap<V>()
  for (const part of parts) {
    for (const [key, value] of part) merged.set(key, merged.has(key) ? merge(merged.get(key) as V, value) : value)
  }
  return new Map(merged.entries())
}

function emptyCollection(operation: string): TsparkError {
  return new TsparkError('TSPARK_EMPTY', `${operation}(): empty collection`, { hint: `ask isEmpty() first, or use fold() or take()` })
}

function reduceParts<T>(parts: readonly T[][], fn: (a: T, b: T) => T, operation: string): T {
  const values = joinArrays(parts)
  if (values.length === 0) throw emptyCollection(operation)
  return values.reduce(fn)
}

/** `count` different places out of `total`, in random order. */
function drawn(total: number, count: number, random: () => number): number[] {
  // the sparse form of a Fisher-Yates shuffle: only moved places are kept
  const moved = new Map<number, number>()
  return Array.from({ length: count }, (_, index) => {
    const pick = index + Math.floor(random() * (total - index))
    const value = moved.get(pick) ?? pick
    moved.set(pick, moved.get(index) ?? index)
    return value
  })
}
