import { current, type Lineage } from '../plan/lineage/lineage.js'
import type { KnownPartitioner } from './partitionerSpecs.js'
import type { RDD } from './rdd.js'
import type { PartitionerLike } from './types.js'

/** One partition of an RDD (Spark's Partition). */
export interface Partition {
  /** its place in the RDD, from 0 */
  readonly index: number
}

/** A parent whose partitions are read in the task of the child (Spark's NarrowDependency). */
export interface NarrowDependency {
  readonly kind: 'narrow'
  /** the parent */
  readonly rdd: RDD<unknown>
  /** The parent's partitions that a partition of the child is computed from. */
  getParents(partition: number): number[]
}

/** A parent whose records come through a shuffle (Spark's ShuffleDependency). */
export interface ShuffleDependency {
  readonly kind: 'shuffle'
  /** the parent */
  readonly rdd: RDD<unknown>
  /** the shuffle's number, unique in the application */
  readonly shuffleId: number
  /** how the keys are spread; undefined while the bounds of a sort are not known, and for `repartition` */
  readonly partitioner: PartitionerLike | undefined
  /** whether values of a key are combined before they travel */
  readonly mapSideCombine: boolean
}

/** How an RDD comes from one of its parents; `kind` tells which (Spark's Dependency). */
export type Dependency = NarrowDependency | ShuffleDependency

/** @internal The parents of a step: none of a source and of a checkpointed one, which is read from its files. */
export function dependenciesOf(lineage: Lineage, make: (parent: Lineage) => RDD<unknown>): Dependency[] {
  const actual = current(lineage)
  const narrow = [...new Set(actual.narrow)].map((parent): Dependency => {
    const getParents = (partition: number): number[] => actual.narrowParents(partition).flatMap(([from, index]) => (from === parent ? [index] : []))
    return { kind: 'narrow', rdd: make(parent), getParents }
  })
  const shuffles = actual.shuffles.map(({ parent, shuffleId, partitioner, mapCombiner }): Dependency => {
    const { shown } = partitioner as KnownPartitioner
    return { kind: 'shuffle', rdd: make(parent), shuffleId, partitioner: shown, mapSideCombine: mapCombiner !== undefined }
  })
  return [...narrow, ...shuffles]
}
