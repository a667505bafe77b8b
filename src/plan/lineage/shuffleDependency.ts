import type { FunctionSpec } from '../functionRef.js'
import type { PartitionerSpec } from '../partitionerSpec.js'
import type { Lineage, Origin } from './lineage.js'

export interface CombinerSpec {
  readonly create: FunctionSpec
  readonly mergeValue: FunctionSpec
  readonly mergeCombiners: FunctionSpec
}

/** The cut between two stages: the pairs of `parent`, spread by a partitioner (Spark's ShuffleDependency). */
export class ShuffleDependency {
  readonly shuffleId: number

  constructor(
    /** of the operation that needs it */
    readonly origin: Origin,
    readonly parent: Lineage,
    readonly partitioner: PartitionerSpec,
    /** combine before writing */
    readonly mapCombiner?: CombinerSpec,
  ) {
    this.shuffleId = parent.origin.scope.nextShuffleId()
  }
}
