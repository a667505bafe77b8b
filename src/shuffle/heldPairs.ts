import type { ByteWriter } from './byteWriter.js'
import { AsciiColumn, type Column } from './column.js'
import { sizeOf } from './sizeOf.js'

const SAMPLE = 16
/** Prefix, index and place in the order while a pair is sorted; bytes. */
const CELLS = 24
/** Objects around a pair of columns. */
const COLUMNS = 512

/** Pairs in the columns they came in, by an index over all of them. */
export class HeldPairs {
  readonly keys: Column[] = []
  readonly values: Column[] = []
  /** index of the first pair of each pair of columns */
  readonly #starts: number[] = []
  #columnOf: Uint32Array | undefined
  count = 0
  /** about how much memory they take, and will take while they are sorted */
  bytes = 0

  add(keys: Column, values: Column): void {
    this.#starts.push(this.count)
    this.keys.push(keys)
    this.values.push(values)
    this.count += keys.length
    this.bytes += COLUMNS + CELLS * keys.length + bytesOf(keys) + bytesOf(values)
    this.#columnOf = undefined
  }

  /** The keys or values of a piece of an order. */
  gather(columns: readonly Column[], order: Uint32Array, from: number, to: number): unknown[] {
    const columnOf = this.#columnsOf()
    const starts = this.#starts
    const gathered = new Array<unknown>(to - from)
    for (let i = from; i < to; i++) {
      const index = order[i]!
      const column = columnOf[index]!
      gathered[i - from] = columns[column]!.get(index - starts[column]!)
    }
    return gathered
  }

  /** Writes the keys or values of a piece of an order as lines. */
  writeLines(writer: ByteWriter, columns: readonly Column[], order: Uint32Array, from: number, to: number): void {
    const columnOf = this.#columnsOf()
    const starts = this.#starts
    for (let i = from; i < to; i++) {
      const index = order[i]!
      const at = columnOf[index]!
      const column = columns[at]!
      if (column instanceof AsciiColumn) column.writeLine(writer, index - starts[at]!)
      else writer.line(String(column.get(index - starts[at]!)))
    }
  }

  /** Which column a pair is in. */
  #columnsOf(): Uint32Array {
    if (!this.#columnOf) {
      this.#columnOf = new Uint32Array(this.count)
      for (const [column, start] of this.#starts.entries()) this.#columnOf.fill(column, start, start + this.keys[column]!.length)
    }
    return this.#columnOf
  }
}

/** Exact for what is held as bytes, otherwise from a sample. */
function bytesOf(column: Column): number {
  if (column instanceof AsciiColumn) return column.text.length + column.starts.byteLength
  const { items } = column
  if (ArrayBuffer.isView(items)) return items.byteLength
  let sampled = 0
  const looks = Math.min(SAMPLE, items.length)
  for (let i = 0; i < looks; i++) sampled += 8 + sizeOf(items[Math.floor(((i + 0.5) * items.length) / looks)])
  return (sampled * items.length) / Math.max(1, looks)
}
