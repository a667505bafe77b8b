import type { BatchSource } from '../plan/batchSource.js'
import type { Cogrouper, Combiner } from '../plan/taskHost.js'
import { createAggregator, type HashAggregator } from './createAggregator.js'
import type { SpillOptions } from './spillOptions.js'

/** Groups several inputs by key: a group is a list of lists, combined and spilled like any other value. */
export function createCogrouper({ inputs, ...options }: SpillOptions & { inputs: number }): Cogrouper {
  return new HashCogrouper(inputs, options)
}

class HashCogrouper implements Cogrouper {
  readonly #aggregator: HashAggregator
  #input = 0

  constructor(inputs: number, options: SpillOptions) {
    const create = (value: unknown): unknown[][] => {
      const sides = Array.from({ length: inputs }, (): unknown[] => [])
      sides[this.#input]!.push(value)
      return sides
    }
    const mergeValue = (sides: unknown[][], value: unknown): unknown[][] => {
      sides[this.#input]!.push(value)
      return sides
    }
    const mergeCombiners = (a: unknown[][], b: unknown[][]): unknown[][] => {
      for (const [side, values] of b.entries()) for (const value of values) a[side]!.push(value)
      return a
    }
    this.#aggregator = createAggregator({ combiner: { create, mergeValue, mergeCombiners } as Combiner, ...options })
  }

  insert(input: number, key: unknown, value: unknown): void {
    this.#input = input
    this.#aggregator.insert(key, value)
  }

  finish(): BatchSource<[unknown, unknown[][]]> {
    return this.#aggregator.finish() as BatchSource<[unknown, unknown[][]]>
  }

  close(): void {
    this.#aggregator.close()
  }
}
