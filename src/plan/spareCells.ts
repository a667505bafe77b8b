/** Cells that are gone: memory that the system has given already is much cheaper than new one. */
const spares = new Map<number, Int32Array[]>()
const LEAST = 1 << 14
/** Cells that are kept, all together. */
const MOST_SPARE = 1 << 23
let spareCells = 0

/** Gives back cells that are needed no more. */
export function spare(cells: Int32Array): void {
  if (cells.length < LEAST || spareCells + cells.length > MOST_SPARE) return
  spareCells += cells.length
  const some = spares.get(cells.length)
  if (some) some.push(cells)
  else spares.set(cells.length, [cells])
}

/** So many cells, all 0. */
export function cellsOf(length: number): Int32Array {
  return takeSpare(length)?.fill(0) ?? new Int32Array(length)
}

/** So many cells that hold anything. */
export function anyCells(length: number): Int32Array {
  return takeSpare(length) ?? new Int32Array(length)
}

function takeSpare(length: number): Int32Array | undefined {
  const some = spares.get(length)
  const cells = some?.pop()
  if (!cells) return undefined
  if (some!.length === 0) spares.delete(length)
  spareCells -= length
  return cells
}
