import { Lineage, type NarrowParent, type Origin } from './lineage.js'

/** A step whose partitions each come from the same partition of one parent. */
export abstract class OneParent extends Lineage {
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
  input(partition: number): unknown {
    return inputOf(this.parent, partition)
  }
  narrowParents(partition: number): readonly NarrowParent[] {
    return [[this.parent, partition]]
  }
}

/** The descriptor of a partition of what stands for a lineage now. */
export function inputOf(lineage: Lineage, partition: number): unknown {
  let at = lineage.checkpoint ?? lineage
  // a loop, since chains can be longer than the stack
  while (at instanceof OneParent) at = at.parent.checkpoint ?? at.parent
  return at.input(partition)
}
