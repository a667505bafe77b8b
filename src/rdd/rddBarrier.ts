import { engine } from '../plan/functionRef.js'
import { Partitions } from '../plan/lineage/narrowSteps.js'
import type { RDD } from './rdd.js'
import type { Recordable } from './types.js'

/**
 * Operations of an RDD whose tasks run all at the same time, or not at all, and can wait for each other by
 * `BarrierTaskContext` (Spark's RDDBarrier). When one task fails, all of the stage run again. There must be as many slots as
 * partitions, and the stage must have this many partitions from its first step to its last: no `union`, `coalesce` or `take`.
 */
export class RDDBarrier<T> {
  /** @internal made by `rdd.barrier()` */
  constructor(private readonly rdd: RDD<T>) {}

  /** `RDD.mapPartitions` over a barrier stage. No shuffle. */
  mapPartitions<U extends Recordable>(
    fn: (records: IterableIterator<T>) => Iterable<U> | AsyncIterable<U> | Promise<Iterable<U>>,
    preservesPartitioning = false,
  ): RDD<U> {
    const { internals, lineage } = this.rdd
    const shipped = internals.ship(fn, 'mapPartitions', this.mapPartitions)
    const origin = internals.origin('mapPartitions')
    return this.rdd.derived(new Partitions(origin, [lineage], shipped, { keepsPartitioner: preservesPartitioning, barrier: true }))
  }

  /** `RDD.mapPartitionsWithIndex` over a barrier stage. No shuffle. */
  mapPartitionsWithIndex<U extends Recordable>(
    fn: (index: number, records: IterableIterator<T>) => Iterable<U> | AsyncIterable<U> | Promise<Iterable<U>>,
    preservesPartitioning = false,
  ): RDD<U> {
    const { internals, lineage } = this.rdd
    const shipped = internals.ship(fn, 'mapPartitionsWithIndex', this.mapPartitionsWithIndex)
    const origin = internals.origin('mapPartitionsWithIndex')
    const options = { keepsPartitioner: preservesPartitioning, barrier: true }
    return this.rdd.derived(new Partitions(origin, [lineage], engine('withPartitionIndex', [], [shipped]), options))
  }
}
