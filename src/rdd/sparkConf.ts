import { TsparkError } from '../events/tsparkError.js'
import { shown } from './arguments.js'

const TIMES: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }
const SIZES: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 }

/**
 * What the run was configured with, to be read only: options of submit by Spark's names, and what `--conf` gave (Spark's
 * SparkConf). `sc.getConf()` gives one.
 */
export class SparkConf {
  readonly #values: ReadonlyMap<string, string>

  /** @internal made by `sc.getConf` */
  constructor(values: Readonly<Record<string, string>>) {
    this.#values = new Map(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** A value as it was given. @param fallback for a key that was not given @throws `TSPARK_ARGUMENT` if there is neither */
  get(key: string, fallback?: string): string {
    const value = this.#values.get(key) ?? fallback
    if (value === undefined)
      throw new TsparkError('TSPARK_ARGUMENT', `SparkConf.get(${shown(key)}): it was not set`, { hint: 'give a fallback, or use getOption()' })
    return value
  }
  /** A value, or undefined if it was not given. */
  getOption(key: string): string | undefined {
    return this.#values.get(key)
  }
  /** Whether a key was given. */
  contains(key: string): boolean {
    return this.#values.has(key)
  }
  /** All that was given, in the order of the keys. */
  getAll(): [key: string, value: string][] {
    return [...this.#values]
  }
  /** The application's id. */
  getAppId(): string {
    return this.get('spark.app.id')
  }
  /** A value as a whole number. @throws `TSPARK_ARGUMENT` if it is none */
  getInt(key: string, fallback: number): number {
    return this.#number('getInt', key, fallback, Number.isSafeInteger)
  }
  /** Same as `getInt`. */
  getLong(key: string, fallback: number): number {
    return this.#number('getLong', key, fallback, Number.isSafeInteger)
  }
  /** A value as a number. @throws `TSPARK_ARGUMENT` if it is none */
  getDouble(key: string, fallback: number): number {
    return this.#number('getDouble', key, fallback, (value) => !Number.isNaN(value))
  }
  /** A value as true or false. @throws `TSPARK_ARGUMENT` if it is neither */
  getBoolean(key: string, fallback: boolean): boolean {
    const text = this.#values.get(key)?.trim().toLowerCase()
    if (text === undefined) return fallback
    if (text === 'true' || text === 'false') return text === 'true'
    throw new TsparkError('TSPARK_ARGUMENT', `SparkConf.getBoolean(${shown(key)}): ${shown(text)} is neither true nor false`)
  }
  /** A time like `500ms`, `5s` or `2m` in milliseconds; a plain number is milliseconds. */
  getTimeAsMs(key: string, fallback?: string): number {
    return this.#withUnit('getTimeAsMs', key, fallback, TIMES, 1)
  }
  /** A size like `64k`, `512m` or `1g` in bytes; a plain number is bytes. */
  getSizeAsBytes(key: string, fallback?: string): number {
    return this.#withUnit('getSizeAsBytes', key, fallback, SIZES, 1)
  }
  /** All that was given, as lines of `key=value`. */
  toDebugString(): string {
    return this.getAll()
      .map(([key, value]) => `${key}=${value}`)
      .join('\n')
  }

  #number(method: string, key: string, fallback: number, fits: (value: number) => boolean): number {
    const text = this.#values.get(key)
    if (text === undefined) return fallback
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (fits(value)) return value
    throw new TsparkError('TSPARK_ARGUMENT', `SparkConf.${method}(${shown(key)}): ${shown(text)} is no such number`)
  }

  #withUnit(method: string, key: string, fallback: string | undefined, units: Readonly<Record<string, number>>, plain: number): number {
    const text = this.get(key, fallback)
    const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim())
    const word = (match?.[2] ?? '').toLowerCase()
    const unit = word === '' ? plain : (units[word] ?? units[word.replace(/b$/, '')])
    if (match && unit !== undefined) return Number(match[1]) * unit
    throw new TsparkError('TSPARK_ARGUMENT', `SparkConf.${method}(${shown(key)}): ${shown(text)} has no known unit`)
  }
}
