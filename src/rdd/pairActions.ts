import { asPair } from '../plan/asPair.js'
import { checkKey } from '../plan/checkKey.js'
import { engine } from '../plan/functionRef.js'
import { atOperation } from '../plan/operationError.js'
import { Actions, mergeLocally } from './actions.js'
import { boundedCount } from './approximate.js'
import { approximately } from './approximately.js'
import type { RDD } from './rdd.js'
import type { ActionOptions, BoundedDouble, Pair, Widen } from './types.js'

/** Actions of RDDs of pairs, and the approximate counts. */
export abstract class PairActions<T> extends Actions<T> {
  /** The pairs as a Map; of several values of one key the last stays. Must fit in the driver's memory. */
  async collectAsMap<K, V>(this: RDD<Pair<K, V>>, options: ActionOptions = {}): Promise<Map<K, V>> {
    const site = this.internals.actionSite()
    const records = await this.collect(options)
    try {
      return mergeLocally([records.map(asPair)], (_, last) => last) as Map<K, V>
    } catch (error) {
      throw atOperation(error, this.internals.label('collectAsMap', site))
    }
  }

  /** How often each key occurs. The map must fit in the driver's memory. */
  async countByKey<K, V>(this: RDD<Pair<K, V>>, options: ActionOptions = {}): Promise<Map<K, number>> {
    return (await this.countedKeys(options)) as Map<K, number>
  }

  /** `reduceByKey` whose result is a Map in the driver; no shuffle. */
  async reduceByKeyLocally<K, V>(this: RDD<Pair<K, V>>, fn: (a: Widen<V>, b: Widen<V>) => Widen<V>, options: ActionOptions = {}): Promise<Map<K, Widen<V>>> {
    const merge = this.internals.ship(fn, 'reduceByKeyLocally', this.reduceByKeyLocally)
    const parts = await this.onPartitions<[K, Widen<V>][]>('reduceByKeyLocally', engine('reduceLocally', [], [merge]), options)
    return mergeLocally(parts, fn) as Map<K, Widen<V>>
  }

  /** The values of a key. Reads one partition if the partitioner is known. */
  async lookup<K, V>(this: RDD<Pair<K, V>>, key: K, options: ActionOptions = {}): Promise<V[]> {
    const { internals, lineage } = this
    const site = internals.actionSite()
    checkKeyOf(key, internals.label('lookup', site))
    await internals.prepare(lineage, options.signal, site)
    const partition = lineage.partitioner?.getPartition(key)
    const fn = engine('valuesOf', [internals.encode(key)])
    const parts = await this.onPartitions<V[]>('lookup', fn, options, partition === undefined ? undefined : [partition], site)
    return parts.flat(1) as V[]
  }

  /** The number of records as far as it is known after a time. @param timeoutMs milliseconds @param confidence 0 to 1, default 0.95 */
  async countApprox(timeoutMs: number, confidence = 0.95, options: ActionOptions = {}): Promise<BoundedDouble> {
    const { results, share } = await approximately(this as unknown as RDD<never>, 'countApprox', engine('countRecords'), timeoutMs, options)
    return boundedCount(
      (results as number[]).reduce((sum, count) => sum + count, 0),
      share,
      confidence,
    )
  }

  /** How often each key occurs, as far as it is known after a time; see `countApprox`. */
  async countByKeyApprox<K, V>(this: RDD<Pair<K, V>>, timeoutMs: number, confidence = 0.95, options: ActionOptions = {}): Promise<Map<K, BoundedDouble>> {
    return (await this.countedApprox('countByKeyApprox', 'keyOne', timeoutMs, confidence, options)) as Map<K, BoundedDouble>
  }

  /** How often each record occurs, as far as it is known after a time; see `countApprox`. */
  async countByValueApprox(timeoutMs: number, confidence = 0.95, options: ActionOptions = {}): Promise<Map<T, BoundedDouble>> {
    return (await this.countedApprox('countByValueApprox', 'withOne', timeoutMs, confidence, options)) as Map<T, BoundedDouble>
  }

  /** @internal */
  async countedApprox(operation: string, pairs: string, timeoutMs: number, confidence: number, options: ActionOptions): Promise<Map<unknown, BoundedDouble>> {
    const keyed = this.step<[unknown, number]>(this.internals.origin(operation), { op: 'map', fn: engine(pairs) })
    const { results, share } = await approximately(keyed, operation, engine('reduceLocally', [], [engine('add')]), timeoutMs, options)
    const counts = mergeLocally(results as [unknown, number][][], (a, b) => a + b)
    return new Map([...counts].map(([key, count]) => [key, boundedCount(count, share, confidence)]))
  }
}

function checkKeyOf(key: unknown, label: string): void {
  try {
    checkKey(key)
  } catch (error) {
    throw atOperation(error, label)
  }
}
