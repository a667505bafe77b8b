import type { FunctionSpec } from '../functionRef.js'
import type { PartitionerSpec } from '../partitionerSpec.js'
import type { ProgramNode } from '../program.js'
import type { StageBuilder } from '../stageBuilder.js'
import type { JoinKind } from '../taskHost.js'
import { Lineage, type NarrowParent, type Origin } from './lineage.js'
import { inputOf } from './oneParent.js'
import type { CombinerSpec, ShuffleDependency } from './shuffleDependency.js'

export interface ShuffledOptions {
  /** combine while reading */
  readonly combiner?: CombinerSpec
  /** sort each partition by this comparison of pairs */
  readonly order?: FunctionSpec
  /** the pairs only carry the records: their keys mean nothing to the user */
  readonly hidesPartitioner?: boolean
}

/** The pairs of a shuffle, one partition a reducer (Spark's ShuffledRDD). */
export class Shuffled extends Lineage {
  constructor(
    origin: Origin,
    readonly dependency: ShuffleDependency,
    readonly options: ShuffledOptions = {},
  ) {
    super(origin)
  }
  get numPartitions(): number {
    return this.dependency.partitioner.numPartitions
  }
  get narrow(): readonly Lineage[] {
    return []
  }
  override get shuffles(): readonly ShuffleDependency[] {
    return [this.dependency]
  }
  override get partitioner(): PartitionerSpec | undefined {
    return this.options.hidesPartitioner ? undefined : this.dependency.partitioner
  }
  override get functions(): readonly FunctionSpec[] {
    const { combiner, order } = this.options
    return [...(combiner ? [combiner.create, combiner.mergeValue, combiner.mergeCombiners] : []), ...(order ? [order] : [])]
  }
  node(builder: StageBuilder): ProgramNode {
    const { combiner, order } = this.options
    return {
      kind: 'shuffleRead',
      shuffleId: this.dependency.shuffleId,
      combiner: combiner && builder.combiner(combiner),
      combined: this.dependency.mapCombiner !== undefined,
      order: order && { by: builder.fn(order), operation: this.origin.label() },
    }
  }
  input(): unknown {
    return null
  }
  narrowParents(): readonly NarrowParent[] {
    return []
  }
}

/** Groups several keyed lineages; one that is partitioned alike is read in place (Spark's CoGroupedRDD). */
export class CoGrouped extends Lineage {
  constructor(
    origin: Origin,
    readonly inputs: readonly (Lineage | ShuffleDependency)[],
    readonly by: PartitionerSpec,
    /** pairs of two sides instead of groups */
    readonly join?: JoinKind,
  ) {
    super(origin)
  }
  get numPartitions(): number {
    return this.by.numPartitions
  }
  override get partitioner(): PartitionerSpec {
    return this.by
  }
  get narrow(): readonly Lineage[] {
    return this.inputs.filter((input): input is Lineage => input instanceof Lineage)
  }
  override get shuffles(): readonly ShuffleDependency[] {
    return this.inputs.filter((input): input is ShuffleDependency => !(input instanceof Lineage))
  }
  node(builder: StageBuilder): ProgramNode {
    return {
      kind: 'cogroup',
      join: this.join,
      inputs: this.inputs.map((input) => (input instanceof Lineage ? { parent: builder.add(input) } : { shuffleId: input.shuffleId })),
    }
  }
  input(partition: number): unknown {
    return this.inputs.map((input) => (input instanceof Lineage ? inputOf(input, partition) : null))
  }
  narrowParents(partition: number): readonly NarrowParent[] {
    return this.narrow.map((parent) => [parent, partition] as const)
  }
}
