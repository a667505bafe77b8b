/** Makes rows of columns of the same length. */
export type RowMaker = (columns: readonly ArrayLike<unknown>[], count: number) => unknown[]

const MOST_MAKERS = 512
const makers = new Map<string, RowMaker>()

/** Tuples of columns of these kinds. A loop for each combination: a literal that is always of one kind is made without boxing its numbers. */
export function tupleMaker(kinds: readonly number[]): RowMaker {
  return makerOf(`[${kinds}]`, () => `[${kinds.map((_, field) => `c${field}[i]`)}]`, kinds.length)
}

/** Objects with these members, of columns of these kinds. */
export function objectMaker(names: readonly string[], kinds: readonly number[]): RowMaker {
  return makerOf(`${JSON.stringify(names)}${kinds}`, () => `{${names.map((name, field) => `${JSON.stringify(name)}: c${field}[i]`)}}`, names.length)
}

function makerOf(key: string, row: () => string, width: number): RowMaker {
  let maker = makers.get(key)
  if (!maker) {
    const columns = Array.from({ length: width }, (_, field) => `c${field} = columns[${field}]`)
    const code = `const ${columns}; const rows = new Array(count); for (let i = 0; i < count; i++) rows[i] = ${row()}; return rows`
    maker = new Function('columns', 'count', code) as RowMaker
    if (makers.size >= MOST_MAKERS) makers.clear()
    makers.set(key, maker)
  }
  return maker
}
