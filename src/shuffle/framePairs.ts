import type { PairColumns } from '../plan/batchSource.js'
import type { Column } from './column.js'

/** The pairs of a frame, as columns that become arrays when somebody asks for them. */
export class FramePairs implements PairColumns {
  #keys: readonly unknown[] | undefined
  #values: readonly unknown[] | undefined

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
}
