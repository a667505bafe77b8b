import { TsparkError } from '../events/tsparkError.js'
import { engine } from '../plan/functionRef.js'
import { shown } from './arguments.js'
import type { RDD } from './rdd.js'
import { Transformations } from './transformations.js'
import type { ActionOptions, Recordable } from './types.js'

/** How many calls may wait at once in one task. */
export interface AsyncOptions {
  /** Default 16. */
  concurrency?: number
}

/** Record-wise functions that wait: for a database, a service, a file. Beyond Spark. */
export abstract class AsyncTransformations<T> extends Transformations<T> {
  /** `map` with a function that waits. At most `concurrency` calls at once in a task; the order stays. No shuffle. */
  mapAsync<U extends Recordable>(fn: (record: T) => Promise<U>, options: AsyncOptions = {}): RDD<U> {
    return this.#waiting('mapAsync', fn, options, this.mapAsync)
  }

  /** `flatMap` with a function that waits or gives an async iterable. The order stays. No shuffle. */
  flatMapAsync<U extends Recordable>(fn: (record: T) => Promise<Iterable<U>> | AsyncIterable<U>, options: AsyncOptions = {}): RDD<U> {
    return this.#waiting('flatMapAsync', fn, options, this.flatMapAsync)
  }

  /** `filter` with a function that waits. The order stays. No shuffle; keeps the partitioner. */
  filterAsync(fn: (record: T) => Promise<unknown>, options: AsyncOptions = {}): RDD<T> {
    return this.#waiting('filterAsync', fn, options, this.filterAsync)
  }

  /** Calls a function that waits for every record, for its effect. An action. (Spark's `foreachAsync` is something else.) */
  async forEachRecordAsync(fn: (record: T) => Promise<unknown>, options: AsyncOptions & ActionOptions = {}): Promise<void> {
    const shipped = this.internals.ship(fn, 'forEachRecordAsync', this.forEachRecordAsync)
    const call = engine('forEachAsync', [concurrencyOf(options, 'forEachRecordAsync')], [shipped])
    await this.internals.run({
      lineage: this.lineage,
      operation: 'forEachRecordAsync',
      action: { terminal: (builder) => ({ kind: 'partition', fn: builder.fn(call), operation: 'forEachRecordAsync' }), functions: [call] },
      decode: () => undefined,
      options,
    })
  }

  #waiting<U>(operation: 'mapAsync' | 'flatMapAsync' | 'filterAsync', fn: unknown, options: AsyncOptions, method: Function): RDD<U> {
    const shipped = this.internals.ship(fn, operation, method)
    const call = engine(operation, [concurrencyOf(options, operation)], [shipped])
    return this.overPartitions(this.internals.origin(operation), call, { keepsPartitioner: operation === 'filterAsync' })
  }
}

function concurrencyOf(options: AsyncOptions, operation: string): number {
  const { concurrency = 16 } = options
  if (Number.isSafeInteger(concurrency) && concurrency >= 1) return concurrency
  throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): concurrency is a whole number from 1, not ${shown(concurrency)}`)
}
