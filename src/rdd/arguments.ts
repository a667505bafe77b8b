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

/** Refuses a fraction outside its range. */
export function checkFraction(value: unknown, operation: string, withReplacement: boolean): number {
  if (typeof value === 'number' && value >= 0 && (withReplacement ? value < Number.POSITIVE_INFINITY : value <= 1)) return value
  throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): a fraction is a number from 0${withReplacement ? '' : ' to 1'}, not ${shown(value)}`)
}

/** A seed: the given one, or one made now, so that a task that runs again does the same. */
export function seedOf(seed: number | undefined): number {
  return seed ?? Math.floor(Math.random() * 2 ** 31)
}

/** A value for a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 60)}'`
  if (value === null || typeof value !== 'object') return String(typeof value === 'function' ? 'a function' : value)
  return Array.isArray(value) ? 'an array' : 'an object'
}

export function checkPath(path: unknown, operation: string): void {
  if (typeof path !== 'string' || path.trim() === '') throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): needs a path, not ${shown(path)}`)
}
