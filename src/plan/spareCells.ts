/** Cells of tables that are gone: memory that the system has given already is much cheaper than new one. */
const spares = new Map<number, Int32Array>()
const MOST_SPARE = 1 << 22

/** Gives back the cells of a table that needs them no more. */
export function spare(cells: Int32Array): void {
  if (cells.length <= MOST_SPARE && cells.length >= 1 << 14) spares.set(cells.length, cells)
}

/** So many cells, all 0. */
export function cellsOf(length: number): Int32Array {
  const cells = spares.get(length)
  if (!cells) return new Int32Array(length)
  spares.delete(length)
  return cells.fill(0)
}
