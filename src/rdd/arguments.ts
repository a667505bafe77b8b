import { types } from 'node:util'
import { FORBID } from '../closure/valueWriter.js'
import { TsparkError } from '../events/tsparkError.js'

/** Refuses a number of partitions that is none. */
export function checkPartitions(value: unknown, operation: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number
  throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): a number of partitions is a whole number from 1, not ${shown(value)}`)
}

/** Refuses a partition that an RDD does not have. */
export function checkPartition(value: unknown, count: number, operation: string): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < count) return value as number
  throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): there is no partition ${shown(value)}; there are ${count}`)
}

/** Refuses what is no function. */
export function checkFunction(value: unknown, operation: string): void {
  if (typeof value !== 'function') throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): needs a function, not ${shown(value)}`)
}

/** Refuses a count that is negative or no whole number. */
export function checkCount(value: unknown, operation: string, what: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): ${what} is a whole number from 0, not ${shown(value)}`)
}

/** Refuses a depth of a tree that is none. */
export function checkDepth(value: unknown, operation: string): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return
  throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): the depth of the tree is a whole number from 1, not ${shown(value)}`)
}

/** Refuses a fraction outside its range. */
export function checkFraction(value: unknown, operation: string, withReplacement: boolean): number {
  if (typeof value === 'number' && value >= 0 && (withReplacement ? value < Number.POSITIVE_INFINITY : value <= 1)) return value
  throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): a fraction is a number from 0${withReplacement ? '' : ' to 1'}, not ${shown(value)}`)
}

/** Refuses what is neither true nor false. */
export function checkFlag(value: unknown, operation: string, what: string): void {
  if (typeof value !== 'boolean') throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): ${what} is true or false, not ${shown(value)}`)
}

/** Refuses a comparator where one record's key is asked for: two arguments would be met by one. */
export function checkKeyFn(value: unknown, operation: string): void {
  if (typeof value !== 'function' || value.length < 2 || /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(value))) return
  throw new TsparkError(
    'TSPARK_ARGUMENT',
    `${operation}(): the function gets one record and gives what to order it by; this one takes ${value.length} arguments, as a comparator does`,
    {
      hint: 'give the key: record => record.name, and for the other direction the flag or the negative number',
    },
  )
}

/** Functions of these are asked for an answer at once; foreach and those over partitions may wait. */
const AT_ONCE = new Set(
  'filter reduce fold aggregate treeReduce treeAggregate reduceByKey foldByKey aggregateByKey combineByKey reduceByKeyLocally groupBy keyBy sortBy sortByKey repartitionAndSortWithinPartitions top takeOrdered max min partitionBy'.split(
    ' ',
  ),
)

/** Refuses an async function where nobody would wait for it: its promise would be taken for the answer. */
export function checkAtOnce(fn: unknown, operation: string): void {
  if (!AT_ONCE.has(operation) || !types.isAsyncFunction(fn)) return
  throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): the function is async, and nothing waits for what it gives`, {
    hint: operation === 'filter' ? 'use filterAsync' : 'wait in mapAsync before it, and give this one what came of it',
  })
}

/** Refuses a signal that is none. */
export function checkSignal(options: { signal?: unknown } | undefined, operation: string): void {
  const signal = options?.signal
  // of whatever realm
  if (signal === undefined || typeof (signal as Partial<AbortSignal> | null)?.throwIfAborted === 'function') return
  throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): signal is an AbortSignal, not ${shown(signal)}`)
}

/** A seed: the given one, or one made now, so that a task that runs again does the same. */
export function seedOf(seed: number | undefined): number {
  return seed ?? Math.floor(Math.random() * 2 ** 31)
}

/** A value for a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 60)}'`
  if (typeof value === 'bigint') return `${value}n`
  if (value === null || typeof value !== 'object') return String(typeof value === 'function' ? 'a function' : value)
  if (Array.isArray(value)) return 'an array'
  return value instanceof Promise ? 'a Promise' : String((value as Record<symbol, unknown>)[FORBID] ?? 'an object')
}

export function checkPath(path: unknown, operation: string): void {
  if (typeof path !== 'string' || path.trim() === '') throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): needs a path, not ${shown(path)}`)
}
