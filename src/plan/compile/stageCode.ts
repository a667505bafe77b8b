import type { RecordOp, StageProgram } from '../program.js'
import { compileLoop, type LoopEnd, type LoopMaker } from './recordLoop.js'

/** The generated code of one stage, made once and used by all its tasks in this slot. */
export class StageCode {
  readonly #loops = new Map<string, LoopMaker>()
  readonly #waits = new Map<number, boolean>()

  constructor(readonly program: StageProgram) {}

  loop(key: string, ops: readonly RecordOp[], end: LoopEnd): LoopMaker {
    let made = this.#loops.get(key)
    if (!made) {
      made = compileLoop(ops, end)
      this.#loops.set(key, made)
    }
    return made
  }

  /** Whether a source below a node may wait because of a user's function or an asynchronous step. */
  mayWait(index: number): boolean {
    const known = this.#waits.get(index)
    if (known !== undefined) return known
    const node = this.program.nodes[index]!
    const below = 'parents' in node ? node.parents : 'parent' in node ? [node.parent] : node.kind === 'cartesian' ? [node.left, node.right] : []
    const waits = (node.kind === 'partitions' && ('user' in node.fn || node.fn.engine.endsWith('Async'))) || below.some((child) => this.mayWait(child))
    this.#waits.set(index, waits)
    return waits
  }
}
