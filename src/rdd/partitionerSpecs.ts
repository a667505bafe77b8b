import { encodeValue } from '../closure/encodeValue.js'
import { engine, type FunctionSpec } from '../plan/functionRef.js'
import { hashKey } from '../plan/hashKey.js'
import { nonNegativeMod } from '../plan/nonNegativeMod.js'
import type { PartitionerSpec } from '../plan/partitionerSpec.js'
import { HashPartitioner, RangePartitioner } from './partitioner.js'
import type { PartitionerLike } from './types.js'

/** A partitioner in a lineage that can be shown to the user again. */
export interface KnownPartitioner extends PartitionerSpec {
  /** undefined while its bounds are not known */
  readonly shown: PartitionerLike | undefined
}

/** Keys by hash; also of no partitions at all, for RDDs that have none. */
export class HashSpec implements KnownPartitioner {
  readonly fn: FunctionSpec
  readonly #count: () => number
  /** @param count a function where finding out means looking at input files: it is asked when a job is planned */
  constructor(count: number | (() => number)) {
    this.#count = typeof count === 'number' ? () => count : once(count)
    this.fn = engine('hashPartition', () => [this.numPartitions])
  }
  get numPartitions(): number {
    return this.#count()
  }
  get shown(): PartitionerLike | undefined {
    return this.numPartitions > 0 ? new HashPartitioner(this.numPartitions) : undefined
  }
  getPartition(key: unknown): number {
    return nonNegativeMod(hashKey(key), this.numPartitions)
  }
  equals(other: PartitionerSpec): boolean {
    return other instanceof HashSpec && other.numPartitions === this.numPartitions
  }
}

/** A partitioner of the user's. */
export class UserSpec implements KnownPartitioner {
  readonly fn: FunctionSpec
  constructor(
    readonly numPartitions: number,
    shipped: FunctionSpec,
    /** the user's function, or their partitioner */
    readonly identity: unknown,
    readonly call: (key: unknown) => number,
  ) {
    this.fn = engine('userPartition', [numPartitions], [shipped])
  }
  get shown(): PartitionerLike {
    if (typeof this.identity === 'object') return this.identity as PartitionerLike
    return { numPartitions: this.numPartitions, getPartition: this.call }
  }
  getPartition(key: unknown): number {
    return this.call(key)
  }
  equals(other: PartitionerSpec): boolean {
    if (!(other instanceof UserSpec) || other.numPartitions !== this.numPartitions) return false
    if (this.identity === other.identity) return true
    const mine = this.identity as { equals?: (other: unknown) => boolean } | null
    return typeof mine === 'object' && typeof mine?.equals === 'function' && mine.equals(other.identity)
  }
}

/** Keys by ranges, whose bounds a sample finds before the first job. */
export class RangeSpec implements KnownPartitioner {
  readonly fn: FunctionSpec
  bounds: readonly unknown[] | undefined
  readonly #count: () => number
  constructor(
    count: number | (() => number),
    readonly ascending: boolean,
    readonly keyFn?: { shipped: FunctionSpec; call: (key: unknown) => unknown },
    bounds?: readonly unknown[],
  ) {
    this.#count = typeof count === 'number' ? () => count : once(count)
    this.bounds = bounds
    this.fn = engine('rangePartition', () => [encodeValue(this.#known()), ascending], keyFn ? [keyFn.shipped] : [])
  }
  get numPartitions(): number {
    return this.#count()
  }
  get shown(): PartitionerLike | undefined {
    return this.bounds && !this.keyFn ? new RangePartitioner(this.bounds, this.ascending) : undefined
  }
  getPartition(key: unknown): number | undefined {
    if (!this.bounds) return undefined
    return new RangePartitioner(this.bounds, this.ascending).getPartition(this.keyFn ? this.keyFn.call(key) : key)
  }
  equals(other: PartitionerSpec): boolean {
    return this === other
  }
  #known(): readonly unknown[] {
    if (!this.bounds) throw new Error('range bounds are used before they are known')
    return this.bounds
  }
}

function once(count: () => number): () => number {
  let known: number | undefined
  return () => {
    known ??= count()
    return known
  }
}
