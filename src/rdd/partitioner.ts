import { TsparkError } from '../events/tsparkError.js'
import { compareKeys } from '../plan/compareKeys.js'
import { hashKey } from '../plan/hashKey.js'
import { nonNegativeMod } from '../plan/nonNegativeMod.js'
import { checkPartitions, shown } from './arguments.js'
import type { PartitionerLike } from './types.js'

/**
 * Spreads keys over partitions; extend it for your own rule (Spark's Partitioner). A subclass at module level can be used
 * in any operation on pairs; its `getPartition` runs in executors.
 */
export abstract class Partitioner<K = unknown> implements PartitionerLike<K> {
  abstract readonly numPartitions: number
  /** The partition of a key, from 0 to `numPartitions - 1`. */
  abstract getPartition(key: K): number
  /** Whether another partitioner puts every key where this one does; then operations between the two need no shuffle. */
  equals(other: unknown): boolean {
    return this === other
  }
}

/** Spreads keys by a hash of their value (Spark's HashPartitioner). */
export class HashPartitioner extends Partitioner {
  readonly numPartitions: number

  /** @param numPartitions how many partitions, from 1 */
  constructor(numPartitions: number) {
    super()
    this.numPartitions = checkPartitions(numPartitions, 'HashPartitioner')
  }

  getPartition(key: unknown): number {
    return nonNegativeMod(hashKey(key), this.numPartitions)
  }

  override equals(other: unknown): boolean {
    return other instanceof HashPartitioner && other.numPartitions === this.numPartitions
  }
}

/** Spreads keys by ranges: partition i takes keys up to the i-th bound (Spark's RangePartitioner). */
export class RangePartitioner<K = unknown> extends Partitioner<K> {
  readonly numPartitions: number

  /**
   * @param bounds upper bounds of all partitions but the last, rising
   * @param ascending false: the highest keys come first
   */
  constructor(
    readonly bounds: readonly K[],
    readonly ascending = true,
  ) {
    super()
    if (!Array.isArray(bounds)) throw new TsparkError('TSPARK_ARGUMENT', `RangePartitioner: the bounds are an array, not ${shown(bounds)}`)
    this.numPartitions = bounds.length + 1
    for (let i = 1; i < bounds.length; i++) {
      if (compareKeys(bounds[i - 1], bounds[i]) > 0) throw new TsparkError('TSPARK_ARGUMENT', 'RangePartitioner: the bounds do not rise')
    }
  }

  getPartition(key: K): number {
    let low = 0
    let high = this.bounds.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareKeys(key, this.bounds[middle]) > 0) low = middle + 1
      else high = middle
    }
    return this.ascending ? low : this.bounds.length - low
  }

  override equals(other: unknown): boolean {
    return (
      other instanceof RangePartitioner &&
      other.ascending === this.ascending &&
      other.bounds.length === this.bounds.length &&
      other.bounds.every((bound, i) => compareKeys(bound, this.bounds[i]) === 0)
    )
  }
}
