import { TsparkError } from '../events/tsparkError.js'
import { shown } from './arguments.js'
import { TaskContext } from './taskContext.js'

/**
 * A value that tasks add to and main reads (Spark's AccumulatorV2). Extend it at module level and `sc.register` an instance for
 * a rule of your own. In actions every accepted task counts exactly once; in transformations a task that runs again adds again.
 */
export abstract class AccumulatorV2<In, Out> {
  /** @internal */
  registration: { id: number; name: string | undefined } | undefined

  /** Whether nothing was added. */
  abstract get isZero(): boolean
  /** A new one with the same content. */
  abstract copy(): AccumulatorV2<In, Out>
  /** Back to nothing. */
  abstract reset(): void
  /** Takes a value in. */
  abstract add(value: In): void
  /** Takes in what another one of the same class holds. */
  abstract merge(other: this): void
  /** The result. Main only: in a task it is not known. */
  abstract get value(): Out

  /** The name it was made with. */
  get name(): string | undefined {
    return this.registration?.name
  }

  /** A new one that holds nothing. */
  copyAndReset(): AccumulatorV2<In, Out> {
    const copy = this.copy()
    copy.reset()
    return copy
  }

  /** @internal */
  [Symbol.for('tspark.handle')](): [string, unknown] {
    if (!this.registration) {
      throw new TsparkError('TSPARK_CONTEXT', 'it uses an accumulator that is not registered', { hint: 'call sc.register(accumulator) first' })
    }
    return ['accumulator', { id: this.registration.id, ...handleOf(this) }]
  }
}

let handleOf: (accumulator: AccumulatorV2<never, unknown>) => object = () => ({})

/** @internal how an accumulator travels: set by the context, which knows the codecs */
export function describeAccumulators(describe: (accumulator: AccumulatorV2<never, unknown>) => object): void {
  handleOf = describe
}

const METHODS = ['add', 'merge', 'reset', 'copy', 'copyAndReset'] as const

/** @internal refuses what cannot be an accumulator, at the line that registers it */
export function checkAccumulator(value: unknown): void {
  const made = value as Partial<AccumulatorV2<never, unknown>> | null | undefined
  const missing = typeof made === 'object' && made !== null ? METHODS.filter((name) => typeof made[name] !== 'function') : METHODS
  if (missing.length === METHODS.length) throw new TsparkError('TSPARK_ARGUMENT', `register(): needs an AccumulatorV2, not ${shown(value)}`)
  if (missing.length === 0 && made && 'isZero' in made && 'value' in made) return
  const names = [...missing.map((name) => `${name}()`), ...['isZero', 'value'].filter((name) => !(name in made!))]
  throw new TsparkError('TSPARK_ARGUMENT', `register(): the accumulator has no ${names.join(', ')}`, {
    hint: 'extend AccumulatorV2 and write all of its members',
  })
}

/** @internal */
function readInMain<V>(value: V): V {
  if (TaskContext.get())
    throw new TsparkError('TSPARK_CONTEXT', 'the value of an accumulator cannot be read in a task', { hint: 'read it in main, after an action' })
  return value
}

/** Counts and sums whole numbers (Spark's LongAccumulator). */
export class LongAccumulator extends AccumulatorV2<number, number> {
  #sum = 0
  #count = 0

  get isZero(): boolean {
    return this.#sum === 0 && this.#count === 0
  }
  /** How many values were added. */
  get count(): number {
    return readInMain(this.#count)
  }
  get sum(): number {
    return readInMain(this.#sum)
  }
  /** The mean of what was added; NaN of nothing. */
  get avg(): number {
    return readInMain(this.#sum / this.#count)
  }
  get value(): number {
    return readInMain(this.#sum)
  }
  add(value: number): void {
    const number = Number(value)
    if (Number.isNaN(number) && typeof value !== 'number') {
      throw new TsparkError('TSPARK_ARGUMENT', `add(): an accumulator of numbers takes a number, not ${shown(value)}`)
    }
    this.#sum += number
    this.#count++
  }
  merge(other: LongAccumulator): void {
    this.#sum += other.#sum
    this.#count += other.#count
  }
  reset(): void {
    this.#sum = 0
    this.#count = 0
  }
  copy(): LongAccumulator {
    const copy = new (this.constructor as new () => LongAccumulator)()
    copy.merge(this)
    return copy
  }
  /** @internal */
  get state(): [number, number] {
    return [this.#sum, this.#count]
  }
  /** @internal */
  set state([sum, count]: [number, number]) {
    this.#sum = sum
    this.#count = count
  }
}

/** Counts and sums numbers (Spark's DoubleAccumulator). */
export class DoubleAccumulator extends LongAccumulator {}

/** Collects values in a list, in no particular order (Spark's CollectionAccumulator). */
export class CollectionAccumulator<V> extends AccumulatorV2<V, V[]> {
  #list: V[] = []

  get isZero(): boolean {
    return this.#list.length === 0
  }
  get value(): V[] {
    return readInMain([...this.#list])
  }
  add(value: V): void {
    this.#list.push(value)
  }
  merge(other: CollectionAccumulator<V>): void {
    for (const value of other.#list) this.#list.push(value)
  }
  reset(): void {
    this.#list = []
  }
  copy(): CollectionAccumulator<V> {
    const copy = new CollectionAccumulator<V>()
    copy.merge(this)
    return copy
  }
  /** @internal */
  get state(): V[] {
    return this.#list
  }
  /** @internal */
  set state(list: V[]) {
    this.#list = list
  }
}
