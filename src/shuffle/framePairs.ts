import type { NumberColumns, PairColumns } from '../plan/batchSource.js'
import { type Column, ListColumn } from './column.js'

/** The pairs of a frame, as columns that become arrays when somebody asks for them. */
export class FramePairs implements PairColumns {
  #keys: readonly unknown[] | undefined
  #values: readonly unknown[] | undefined
  #numbers: NumberColumns | undefined

  constructor(
    readonly keyColumn: Column,
    readonly valueColumn: Column,
  ) {}

  get count(): number {
    return this.keyColumn.length
  }

  get keys(): readonly unknown[] {
    this.#keys ??= this.keyColumn.toArray()
    return this.#keys
  }

  get values(): readonly unknown[] {
    this.#values ??= this.valueColumn.toArray()
    return this.#values
  }

  get numbers(): NumberColumns | undefined {
    const { keyColumn, valueColumn } = this
    if (this.#numbers || !(keyColumn instanceof ListColumn && valueColumn instanceof ListColumn)) return this.#numbers
    const [keys, values] = [keyColumn.items, valueColumn.items]
    if (keys instanceof Int32Array && ArrayBuffer.isView(values))
      this.#numbers = { keys, values: values instanceof Float64Array ? values : new Float64Array(values) }
    return this.#numbers
  }
}
