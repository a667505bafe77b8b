import type { FunctionSpec } from './functionRef.js'

/** How keys are spread over partitions, as planning sees it. */
export interface PartitionerSpec {
  readonly numPartitions: number
  /** the function tasks call with a key */
  readonly fn: FunctionSpec
  /** the partition of a key, in the driver; undefined while it is not known (bounds that were not sampled yet) */
  getPartition(key: unknown): number | undefined
  equals(other: PartitionerSpec): boolean
}
