import { decodeValue } from '../closure/decodeValue.js'
import { encodeValue } from '../closure/encodeValue.js'
import { reviveFunction } from '../closure/reviveFunction.js'
import { shipFunction } from '../closure/shipFunction.js'
import { type AccumulatorV2, CollectionAccumulator, DoubleAccumulator, describeAccumulators, LongAccumulator } from './accumulator.js'

// biome-ignore lint/suspicious/noExplicitAny: accumulators of every type pass here
export type AnyAccumulator = AccumulatorV2<any, any>
type BuiltIn = LongAccumulator | CollectionAccumulator<unknown>

const builtIn = { long: LongAccumulator, double: DoubleAccumulator, collection: CollectionAccumulator } as const

/** An accumulator as data: one of the engine's by name, or the user's class and its fields. */
export type AccumulatorHandle = { id: number; kind: keyof typeof builtIn } | { id: number; kind: 'user'; class: Uint8Array; fields: Uint8Array }

/** Teaches accumulators to describe themselves to executors. */
export function installAccumulators(): void {
  describeAccumulators((accumulator) => {
    const kind = kindOf(accumulator)
    if (kind) return { kind }
    const fields = { ...accumulator.copyAndReset(), registration: undefined }
    const shipped = shipFunction(accumulator.constructor as () => unknown, 'register', installAccumulators)
    return { kind: 'user', class: shipped.payload, fields: encodeValue(fields) }
  })
}

/** An empty accumulator from its handle, in a task. */
export function accumulatorOf(handle: AccumulatorHandle): AnyAccumulator {
  if (handle.kind !== 'user') return new builtIn[handle.kind]()
  const made = reviveFunction(handle.class)
  if (made instanceof Promise) throw new Error('an accumulator class that is loaded lazily cannot be used')
  return Object.assign(Object.create(made.prototype as object) as AnyAccumulator, decodeValue(handle.fields))
}

/** What a task added, as bytes for the driver. */
export function encodeUpdate(accumulator: AnyAccumulator): Uint8Array {
  return encodeValue(kindOf(accumulator) ? (accumulator as BuiltIn).state : { ...accumulator, registration: undefined })
}

/** Takes a task's update into the driver's accumulator. */
export function mergeUpdate(accumulator: AnyAccumulator, update: Uint8Array): void {
  const state = decodeValue(update)
  const kind = kindOf(accumulator)
  if (kind) {
    const part = new builtIn[kind]()
    part.state = state as never
    accumulator.merge(part)
  } else {
    accumulator.merge(Object.assign(Object.create(Object.getPrototypeOf(accumulator) as object) as AnyAccumulator, state))
  }
}

function kindOf(accumulator: object): keyof typeof builtIn | undefined {
  return (Object.keys(builtIn) as (keyof typeof builtIn)[]).find((kind) => builtIn[kind] === accumulator.constructor)
}
