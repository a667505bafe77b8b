import { arrayOf } from '../plan/numberPairs.js'
import type { ByteWriter } from './byteWriter.js'

/** Values of one column of a frame, by index: a sorter keeps them as they came and makes a value only where it is needed. */
export type Column = ListColumn | AsciiColumn

/** Values that are there already: a list, or numbers in their array. */
export class ListColumn {
  constructor(readonly items: readonly unknown[] | Int32Array | Float64Array) {}

  get length(): number {
    return this.items.length
  }

  get(index: number): unknown {
    return this.items[index]
  }

  toArray(): readonly unknown[] {
    const { items } = this
    return ArrayBuffer.isView(items) ? arrayOf(items) : items
  }
}

/** Strings that are all ASCII, so that a character is a byte: still in the memory of their frame. */
export class AsciiColumn {
  constructor(
    readonly text: Buffer,
    /** where each begins, and the end of the last */
    readonly starts: Uint32Array,
  ) {}

  get length(): number {
    return this.starts.length - 1
  }

  get(index: number): string {
    return this.text.toString('latin1', this.starts[index], this.starts[index + 1])
  }

  /** The bytes of one, and a line end. */
  writeLine(writer: ByteWriter, index: number): void {
    writer.byteLine(this.text, this.starts[index]!, this.starts[index + 1]!)
  }

  toArray(): string[] {
    const { starts } = this
    const joined = this.text.toString('latin1')
    const values = new Array<string>(this.length)
    for (let i = 0; i < values.length; i++) values[i] = joined.substring(starts[i]!, starts[i + 1]!)
    return values
  }
}
