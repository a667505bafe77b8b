import type { NumberPairs } from '../numberPairs.js'
import type { RecordOp } from '../program.js'

/** How a generated loop ends: code for one record in variable `x`, with its own state. */
export interface LoopEnd {
  /** declarations, once a task */
  state: string
  /** what to do with the record named by the argument */
  record(variable: string): string
  /** after a batch: whether enough was seen */
  stop?: string
  /** the value at the end */
  result: string
}

/** What the generated code calls for things that are too long to repeat in it. */
export interface LoopSupport {
  /** the elements of what a flatMap function gave: an array as it is, anything else in pieces */
  pieces(value: unknown, operation: string): Iterator<unknown[]>
  notPair(value: unknown): never
  /** of what a filter gives that is truthy but not true */
  isYes(verdict: unknown): true
  /** the first so many pairs of two columns, which are used again afterwards */
  numberPairs(keys: Int32Array, values: Float64Array, count: number): NumberPairs
}

export interface CompiledLoop {
  process(batch: readonly unknown[]): boolean
  result(): unknown
}

export type LoopMaker = (fns: readonly unknown[], support: LoopSupport, end: unknown) => CompiledLoop

/**
 * Writes one loop for a chain of record steps and its end, and compiles it afresh: the call sites belong to this stage
 * alone, so that other jobs of the executor can't make them slow. Returns a maker that is called once a task.
 */
export function compileLoop(ops: readonly RecordOp[], end: LoopEnd): LoopMaker {
  const setup = ops.map((op, index) => ('fn' in op ? `const f${index} = fns[${index}];` : '')).join('')
  const code = `"use strict";
${setup}
${end.state}
return {
  process(batch) {
    for (let i = 0, size = batch.length; i < size; i++) {
      const v0 = batch[i];
      ${body(ops, 0, end)}
    }
    return ${end.stop ?? 'false'};
  },
  result() { return ${end.result}; }
};`
  return new Function('fns', 'support', 'end', code) as LoopMaker
}

function body(ops: readonly RecordOp[], index: number, end: LoopEnd): string {
  const op = ops[index]
  const v = `v${index}`
  const w = `v${index + 1}`
  if (!op) return end.record(v)
  const rest = (): string => body(ops, index + 1, end)
  const pair = `if (!Array.isArray(${v})) support.notPair(${v});`
  switch (op.op) {
    case 'map':
      return `const ${w} = f${index}(${v}); ${rest()}`
    case 'filter':
      return `const y${index} = f${index}(${v}); if (y${index} === true || (y${index} && support.isYes(y${index}))) { const ${w} = ${v}; ${rest()} }`
    case 'keyBy':
      return `const ${w} = [f${index}(${v}), ${v}]; ${rest()}`
    case 'mapValues':
      return `${pair} const ${w} = [${v}[0], f${index}(${v}[1])]; ${rest()}`
    case 'keys':
      return `${pair} const ${w} = ${v}[0]; ${rest()}`
    case 'values':
      return `${pair} const ${w} = ${v}[1]; ${rest()}`
    case 'flatMap':
      return each(index, `f${index}(${v})`, 'flatMap', w, rest())
    case 'flatMapValues':
      return `${pair} ${each(index, `f${index}(${v}[1])`, 'flatMapValues', `e${index}`, `const ${w} = [${v}[0], e${index}]; ${rest()}`)}`
  }
}

/** One copy of the rest for arrays and for other iterables, which come in pieces. */
function each(index: number, value: string, operation: string, variable: string, rest: string): string {
  const [a, g, j] = [`a${index}`, `g${index}`, `j${index}`]
  return `let ${a} = ${value}, ${g} = null;
if (!Array.isArray(${a})) { ${g} = support.pieces(${a}, '${operation}'); ${a} = ${g}.next().value; }
while (${a} !== undefined) {
  for (let ${j} = 0; ${j} < ${a}.length; ${j}++) { const ${variable} = ${a}[${j}]; ${rest} }
  ${a} = ${g} === null ? undefined : ${g}.next().value;
}`
}
