import type { Lineage } from '../plan/lineage/lineage.js'
import { OutputActions } from './outputActions.js'

/**
 * A resilient distributed dataset: records in partitions, computed in executors when an action needs them (Zaharia et al.,
 * "Resilient Distributed Datasets", NSDI 2012). Transformations are lazy and give a new RDD at once; actions give promises
 * and take an `AbortSignal` as `{ signal }` in their last argument. Functions run in executors with copies of what they
 * capture. RDDs come from a `SparkContext` and from other RDDs.
 */
export class RDD<T> extends OutputActions<T> {
  /** @internal */
  protected override make<U>(lineage: Lineage): RDD<U> {
    return new RDD<U>(this.context, this.internals, lineage)
  }
}
