import { type BatchSource, isPairSource, type Lines, type PairColumns, type PairSource } from '../batchSource.js'
import type { RecordOp } from '../program.js'
import { after } from './after.js'
import { MappedValues } from './mappedValues.js'
import type { TaskRun } from './taskRun.js'

/** What is left of some steps, and the source they are left for. */
export interface Taken {
  readonly ops: readonly RecordOp[]
  readonly source: BatchSource
  /** the source's records as lines instead, where it has them as bytes */
  readonly nextLines?: () => Lines | null
}

/** First steps that look at one side of each pair take that column of a source that has columns: no pairs are made for them. */
export function takeColumns(task: TaskRun, partition: number, ops: readonly RecordOp[], source: BatchSource): Taken {
  const first = ops[0]
  if (first === undefined || !isPairSource(source)) return { ops, source }
  if (first.op === 'mapValues') {
    const mapped = new MappedValues(source, task.code.valuesLoop(first), task.fn(first.fn, partition))
    return takeColumns(task, partition, ops.slice(1), mapped)
  }
  if (first.op !== 'keys' && first.op !== 'values') return { ops, source }
  return { ops: ops.slice(1), ...takeSide(source, first.op) }
}

function takeSide(source: PairSource, side: 'keys' | 'values'): Omit<Taken, 'ops'> {
  const column: BatchSource = {
    mayWait: source.mayWait === true,
    next: () => after<PairColumns | null, readonly unknown[] | null>(source.nextPairs(), (pairs) => (pairs === null ? null : pairs[side])),
    close: () => source.close(),
  }
  return { source: column, ...(source.nextLines && { nextLines: () => source.nextLines!(side) }) }
}
