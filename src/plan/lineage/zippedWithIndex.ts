import type { ProgramNode } from '../program.js'
import type { StageBuilder } from '../stageBuilder.js'
import { Lineage, type NarrowParent, type Origin } from './lineage.js'
import { inputOf } from './records.js'

/** Each record with its place among those of all partitions (Spark's ZippedWithIndexRDD). */
export class ZippedWithIndex extends Lineage {
  /** place of the first record of each partition, once those before it were counted */
  starts: readonly number[] = [0]

  constructor(
    origin: Origin,
    readonly parent: Lineage,
  ) {
    super(origin)
  }
  get numPartitions(): number {
    return this.parent.numPartitions
  }
  get narrow(): readonly Lineage[] {
    return [this.parent]
  }
  node(builder: StageBuilder): ProgramNode {
    return { kind: 'zipWithIndex', parent: builder.add(this.parent), starts: [...this.starts], operation: this.origin.label() }
  }
  input(partition: number): unknown {
    return inputOf(this.parent, partition)
  }
  narrowParents(partition: number): readonly NarrowParent[] {
    return [[this.parent, partition]]
  }
}
