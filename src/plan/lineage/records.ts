import type { FunctionSpec } from '../functionRef.js'
import type { PartitionerSpec } from '../partitionerSpec.js'
import type { ProgramNode, RecordOp } from '../program.js'
import type { StageBuilder } from '../stageBuilder.js'
import { Lineage, type NarrowParent, type Origin } from './lineage.js'

export type RecordStep = { op: 'map' | 'filter' | 'flatMap' | 'mapValues' | 'flatMapValues' | 'keyBy'; fn: FunctionSpec } | { op: 'keys' | 'values' }

/** A step over single records: it joins its neighbours in one loop. */
export class Records extends Lineage {
  constructor(
    origin: Origin,
    readonly parent: Lineage,
    readonly step: RecordStep,
    readonly keepsPartitioner: boolean,
  ) {
    super(origin)
  }
  get numPartitions(): number {
    return this.parent.numPartitions
  }
  get narrow(): readonly Lineage[] {
    return [this.parent]
  }
  override get partitioner(): PartitionerSpec | undefined {
    return this.keepsPartitioner ? this.parent.partitioner : undefined
  }
  override get functions(): readonly FunctionSpec[] {
    return 'fn' in this.step ? [this.step.fn] : []
  }
  node(builder: StageBuilder): ProgramNode {
    // a chain of steps becomes one node; it ends where a step is cached or checkpointed
    const ops: RecordOp[] = []
    let first: Records = this
    for (;;) {
      const { step } = first
      ops.push('fn' in step ? { op: step.op, fn: builder.fn(step.fn) } : step)
      const parent: Lineage = first.parent
      if (!(parent instanceof Records) || parent.storage || parent.checkpoint) break
      first = parent
    }
    return { kind: 'records', parent: builder.add(first.parent), ops: ops.reverse() }
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
  while (at instanceof Records) at = at.parent.checkpoint ?? at.parent
  return at.input(partition)
}
