import type { FunctionSpec } from '../functionRef.js'
import type { PartitionerSpec } from '../partitionerSpec.js'
import type { ProgramNode, RecordOp } from '../program.js'
import type { StageBuilder } from '../stageBuilder.js'
import type { Lineage, Origin } from './lineage.js'
import { OneParent } from './oneParent.js'

export type RecordStep = { op: 'map' | 'filter' | 'flatMap' | 'mapValues' | 'flatMapValues' | 'keyBy'; fn: FunctionSpec } | { op: 'keys' | 'values' }

/** A step over single records: it joins its neighbours in one loop. */
export class Records extends OneParent {
  constructor(
    origin: Origin,
    parent: Lineage,
    readonly step: RecordStep,
    readonly keepsPartitioner: boolean,
  ) {
    super(origin, parent)
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
}
