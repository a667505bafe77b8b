import type { ProgramNode } from '../program.js'
import type { StageBuilder } from '../stageBuilder.js'
import { OneParent } from './oneParent.js'

/** Each record with its place among those of all partitions (Spark's ZippedWithIndexRDD). */
export class ZippedWithIndex extends OneParent {
  /** place of the first record of each partition, once those before it were counted */
  starts: readonly number[] = [0]

  node(builder: StageBuilder): ProgramNode {
    return { kind: 'zipWithIndex', parent: builder.add(this.parent), starts: [...this.starts], operation: this.origin.label() }
  }
}
