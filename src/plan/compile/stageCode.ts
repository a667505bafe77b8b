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
    return madeOnce(this.#loops, key, () => compileLoop(ops, end))
  }

  combine(ref: CombinerRef): CombineLoops {
    return madeOnce(this.#combines, ref, compileCombine)
  }

  valuesLoop(op: RecordOp): ValuesLoop {
    return madeOnce(this.#valuesLoops, op, compileValuesLoop)
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

function madeOnce<K, V>(made: Map<K, V>, key: K, make: () => V): V {
  const known = made.get(key)
  if (known !== undefined) return known
  const fresh = make()
  made.set(key, fresh)
  return fresh
}

function mayGiveAsync(fn: FunctionRef): boolean {
  return 'user' in fn || fn.engine.endsWith('Async') || fn.fns.some(mayGiveAsync)
}
