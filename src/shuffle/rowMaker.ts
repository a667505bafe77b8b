import { ColumnKind } from './columnKind.js'

/** A column of a row's member: its values, or where its numbers begin in the frame. */
export type RowColumn = readonly unknown[] | number

/** Makes rows of columns of the same length. */
export type RowMaker = (columns: readonly RowColumn[], count: number, frame: DataView) => unknown[]

const MOST_MAKERS = 512
const makers = new Map<string, RowMaker>()

/**
 * Tuples of columns of these kinds. A loop for each combination: a literal that is always of one kind is made without
 * boxing its numbers, which are read where they lie in the frame.
 */
export function tupleMaker(kinds: readonly number[]): RowMaker {
  return makerOf(`[${kinds}]`, () => `[${kinds.map(member)}]`, kinds.length)
}

/** Objects with these members, of columns of these kinds. */
export function objectMaker(names: readonly string[], kinds: readonly number[]): RowMaker {
  return makerOf(
    `${JSON.stringify(names)}${kinds}`,
    () => `{${names.map((name, field) => `${JSON.stringify(name)}: ${member(kinds[field]!, field)}`)}}`,
    names.length,
  )
}

function member(kind: number, field: number): string {
  if (kind === ColumnKind.INTS) return `frame.getInt32(c${field} + 4 * i, true)`
  if (kind === ColumnKind.DOUBLES) return `frame.getFloat64(c${field} + 8 * i, true)`
  return `c${field}[i]`
}

function makerOf(key: string, row: () => string, width: number): RowMaker {
  let maker = makers.get(key)
  if (!maker) {
    const columns = Array.from({ length: width }, (_, field) => `c${field} = columns[${field}]`)
    const code = `const ${columns}; const rows = new Array(count); for (let i = 0; i < count; i++) rows[i] = ${row()}; return rows`
    maker = new Function('columns', 'count', 'frame', code) as RowMaker
    if (makers.size >= MOST_MAKERS) makers.clear()
    makers.set(key, maker)
  }
  return maker
}
