import type { FunctionRef } from '../functionRef.js'
import type { CombinerRef, RecordOp, StageProgram } from '../program.js'
import { type CombineLoops, compileCombine } from './combineLoops.js'
import { compileLoop, type LoopEnd, type LoopMaker } from './recordLoop.js'
import { compileValuesLoop, type ValuesLoop } from './valuesLoop.js'

/** The generated code of one stage, made once and used by all its tasks in this slot. */
export class StageCode {
  readonly #loops = new Map<string, LoopMaker>()
  readonly #valuesLoops = new Map<RecordOp, ValuesLoop>()
  readonly #waits = new Map<number, boolean>()
  readonly #combines = new Map<CombinerRef, CombineLoops>()

  constructor(readonly program: StageProgram) {}

  loop(key: string, ops: readonly RecordOp[], end: LoopEnd): LoopMaker {
    let made = this.#loops.get(key)
    if (!made) {
      made = compileLoop(ops, end)
      this.#loops.set(key, made)
    }
    return made
  }

  combine(ref: CombinerRef): CombineLoops {
    let made = this.#combines.get(ref)
    if (!made) {
      made = compileCombine()
      this.#combines.set(ref, made)
    }
    return made
  }

  valuesLoop(op: RecordOp): ValuesLoop {
    let made = this.#valuesLoops.get(op)
    if (!made) {
      made = compileValuesLoop()
      this.#valuesLoops.set(op, made)
    }
    return made
  }

  /** Whether opening or reading a source below a node may wait: for a user's function, an asynchronous step, a cached partition. */
  mayWait(index: number): boolean {
    const known = this.#waits.get(index)
    if (known !== undefined) return known
    const node = this.program.nodes[index]!
    const below = 'parents' in node ? node.parents : 'parent' in node ? [node.parent] : node.kind === 'cartesian' ? [node.left, node.right] : []
    // a cached partition is asked for, a command is waited for, a user's function over a partition may give an async iterable
    const itself = node.kind === 'cached' || node.kind === 'pipe' || (node.kind === 'partitions' && mayGiveAsync(node.fn))
    const waits = itself || below.some((child) => this.mayWait(child))
    this.#waits.set(index, waits)
    return waits
  }
}

function mayGiveAsync(fn: FunctionRef): boolean {
  return 'user' in fn || fn.engine.endsWith('Async') || fn.fns.some(mayGiveAsync)
}
