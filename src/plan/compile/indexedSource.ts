import { plural } from '../../events/plural.js'
import { TsparkError } from '../../events/tsparkError.js'
import type { BatchSource } from '../batchSource.js'

/** `[record, index]` of a partition's records; a partition that has not as many as were counted makes indexes that are there twice, or never. */
export class IndexedSource implements BatchSource<[unknown, number]> {
  readonly mayWait: boolean
  readonly #source: BatchSource
  readonly #first: number
  /** undefined: the last partition, which nobody has counted */
  readonly #end: number | undefined
  readonly #partition: number
  readonly #operation: string
  #index: number

  constructor(source: BatchSource, starts: readonly number[], partition: number, operation: string) {
    this.mayWait = source.mayWait === true
    this.#source = source
    this.#first = starts[partition] ?? 0
    this.#end = starts[partition + 1]
    this.#partition = partition
    this.#operation = operation
    this.#index = this.#first
  }

  next(): [unknown, number][] | null | Promise<[unknown, number][] | null> {
    const batch = this.#source.next()
    return batch instanceof Promise ? batch.then((ready) => this.#indexed(ready)) : this.#indexed(batch)
  }

  close(): void {
    this.#source.close()
  }

  #indexed(batch: readonly unknown[] | null): [unknown, number][] | null {
    if (batch === null) {
      if (this.#end !== undefined && this.#index !== this.#end) throw this.#changed('fewer')
      return null
    }
    if (this.#end !== undefined && this.#index + batch.length > this.#end) throw this.#changed('more')
    const pairs: [unknown, number][] = []
    let index = this.#index
    for (let i = 0; i < batch.length; i++) pairs.push([batch[i], index++])
    this.#index = index
    return pairs
  }

  #changed(how: 'more' | 'fewer'): TsparkError {
    const counted = this.#end! - this.#first
    return new TsparkError(
      'TSPARK_INDETERMINATE',
      `${this.#operation}: partition ${this.#partition} has ${how} than the ${plural(counted, 'record')} counted before`,
      {
        hint: 'make the functions before it deterministic (no Math.random(), no Date.now(), no order of arrival) or checkpoint() what they give; the action may be repeated',
      },
    )
  }
}
