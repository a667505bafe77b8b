/** Options every action takes last. */
export interface ActionOptions {
  /** Cancels the action: its tasks are stopped and its promise is rejected with the signal's reason. */
  signal?: AbortSignal
}

/** Literal types as the type they are written in, inside objects and tuples too: `map(w => [w, 1] as const)` counts with `number`. */
export type Widen<V> = V extends number
  ? number
  : V extends string
    ? string
    : V extends boolean
      ? boolean
      : V extends bigint
        ? bigint
        : V extends readonly unknown[]
          ? { -readonly [I in keyof V]: Widen<V[I]> }
          : V extends object
            ? Plain<V>
            : V

/** Widens the members of a plain object; instances of classes (whatever has methods) stay what they are. */
type Plain<V extends object> = { [K in keyof V]: V[K] extends (...args: never[]) => unknown ? true : never }[keyof V] extends never
  ? { -readonly [K in keyof V]: Widen<V[K]> }
  : V

/** Lets an array literal that a function gives be inferred as a tuple, so that `map(w => [w, 1])` has the methods of pairs. */
export type Recordable = [] | [unknown, ...unknown[]] | {} | null | undefined

/** A pair, as the methods for pairs take it. */
export type Pair<K, V> = readonly [K, V]

/** Marks what lives in the driver only; such values can't be records. */
export interface DriverOnly {
  /** @internal */
  readonly [driverOnly]: true
}
export declare const driverOnly: unique symbol

/** Refuses, at compile time, records that no executor can hold: RDDs, the context, functions. */
export type Shippable<U> = U extends DriverOnly
  ? ['tspark: an RDD or the SparkContext cannot be a record', never]
  : U extends (...args: never[]) => unknown
    ? ['tspark: a function cannot be a record', never]
    : unknown

/** How keys are spread: any object with these two is a partitioner. */
export interface PartitionerLike<K = unknown> {
  readonly numPartitions: number
  /** The partition of a key, from 0 to `numPartitions - 1`. Runs in executors. */
  getPartition(key: K): number
}

/** Where a result goes: a number of partitions (keys are hashed) or a partitioner. */
export type PartitionArgument<K = unknown> = number | PartitionerLike<K>

/** What an approximate action gives: a value and the interval it lies in with the confidence. */
export interface BoundedDouble {
  readonly mean: number
  readonly low: number
  readonly high: number
  readonly confidence: number
}
