import { type BatchSource, isPairSource, type Lines, type PairColumns } from '../batchSource.js'
import type { RecordOp } from '../program.js'
import { after } from './after.js'

export interface ColumnOf extends BatchSource {
  nextLines?(): Lines | null
}

/** A first step that keeps one side of each pair takes that column of a source that has columns: no pairs are made. */
export function takeColumn(ops: readonly RecordOp[], source: BatchSource): { ops: readonly RecordOp[]; source: ColumnOf } {
  const side = ops[0]?.op
  if ((side !== 'keys' && side !== 'values') || !isPairSource(source)) return { ops, source }
  const columns: ColumnOf = {
    mayWait: source.mayWait === true,
    next: () => after<PairColumns | null, readonly unknown[] | null>(source.nextPairs(), (pairs) => (pairs === null ? null : pairs[side])),
    ...(source.nextLines && { nextLines: () => source.nextLines!(side) }),
    close: () => source.close(),
  }
  return { ops: ops.slice(1), source: columns }
}
