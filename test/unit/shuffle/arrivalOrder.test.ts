import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NumberPairs } from '../../../src/plan/numberPairs.js'
import type { JoinKind } from '../../../src/plan/taskHost.js'
import { createAggregator } from '../../../src/shuffle/createAggregator.js'
import { createCogrouper } from '../../../src/shuffle/createCogrouper.js'
import { createShuffleWriter } from '../../../src/shuffle/createShuffleWriter.js'
import { anyKey } from '../plan/someKeys.js'
import { AMPLE, pair, readOutputs, recordsOf, somePlace, TINY } from './somePlace.js'

const list = {
  create: (value: unknown) => [value],
  mergeValue: (values: unknown, value: unknown) => [...(values as unknown[]), value],
  mergeCombiners: (a: unknown, b: unknown) => [...(a as unknown[]), ...(b as unknown[])],
}
const add = (a: unknown, b: unknown): unknown => (a as number) + (b as number)
const sum = { create: (value: unknown) => value, mergeValue: add, mergeCombiners: add }

/** What a piece of work gives with ample memory and with hardly any. */
function both<T>(work: (place: ReturnType<typeof somePlace>) => T): [T, T] {
  const [roomy, tight] = [AMPLE, TINY].map((bytes) => {
    const place = somePlace(bytes)
    const result = work(place)
    const { spills } = place.metrics
    place.end()
    return { result, spills }
  })
  expect(roomy!.spills).toBe(0)
  return [roomy!.result, tight!.result]
}

const someKeys = fc.array(anyKey, { minLength: 1, maxLength: 40 })

describe('what comes out of a collection by key', () => {
  it('has the same order whether it was spilled or not: aggregators', () => {
    fc.assert(
      fc.property(someKeys, fc.integer({ min: 1, max: 5000 }), (keys, count) => {
        const [inMemory, spilled] = both((place) => {
          const aggregator = createAggregator({ combiner: list, ...place })
          for (let i = 0; i < count; i++) aggregator.insert(pair(i % 3 === 0 ? `key ${(i * 7919) % 1709}` : keys[i % keys.length], i))
          return recordsOf(aggregator.finish())
        })
        expect(spilled).toStrictEqual(inMemory)
      }),
      { numRuns: 20 },
    )
  })

  it('also when more runs are merged than may be open at once', () => {
    const [inMemory, spilled] = both((place) => {
      const aggregator = createAggregator({ combiner: sum, ...place })
      for (let i = 0; i < 60_000; i++) aggregator.insert(pair(`a key that is rather long ${(i * 7919) % 20_011}`, 1))
      return recordsOf(aggregator.finish())
    })
    expect(spilled).toEqual(inMemory)
  })

  it.each(['groups', 'inner', 'full'] as const)('has the same order whether it was spilled or not: cogroupers, %s', (kind) => {
    const [inMemory, spilled] = both((place) => {
      const cogrouper = createCogrouper({ inputs: 2, ...place })
      for (let i = 0; i < 20_000; i++) {
        const key = (i * 7919) % 3001
        // one group is larger than memory
        cogrouper.insert(i % 5 === 0 ? 1 : 0, pair(i % 4 === 1 ? 'hot' : key, kind === 'groups' ? `value ${i}` : i))
        if (kind !== 'groups' && i > 8000) break
      }
      const plain = (value: unknown): unknown => (kind === 'groups' ? (value as Iterable<unknown>[]).map((side) => [...side]) : value)
      const source = kind === 'groups' ? cogrouper.finish() : cogrouper.join(kind satisfies JoinKind)
      const records = []
      for (let batch = source.next(); batch !== null; batch = source.next()) {
        for (const [key, value] of batch as readonly [unknown, unknown][]) if (kind === 'groups' || key !== 'hot') records.push([key, plain(value)])
      }
      source.close()
      cogrouper.close()
      return records
    })
    expect(spilled).toEqual(inMemory)
  })
})

describe('the output of a map task that combines', () => {
  it.each([
    ['few keys', false, (i: number) => i % 1000],
    ['new keys only at the end', false, (i: number) => (i < 130_000 ? i % 5000 : i)],
    ['few keys, as columns of numbers', true, (i: number) => i % 1000],
    ['new keys at the end, as columns of numbers', true, (i: number) => (i < 130_000 ? i % 5000 : i)],
    ['new keys all the time, as columns of numbers', true, (i: number) => i],
    ['something else at the end', true, (i: number) => (i < 270_000 ? (i * 7919) % 90_001 : i % 3 === 0 ? 0.5 : i)],
  ])('has the same pairs in the same order whether it was spilled or not, and however they came: %s', (_, asNumbers, keyOf) => {
    const results = [7, 1000].flatMap((size) =>
      both((place) => {
        const spec = { shuffleId: 0, numReducers: 2, partition: (key: unknown) => Math.floor(key as number) % 2, combiner: sum }
        const writer = createShuffleWriter({ ...place, mapIndex: 0, attemptId: 0, spec })
        for (let from = 0; from < 280_000; from += size) {
          const keys = Array.from({ length: Math.min(size, 280_000 - from) }, (_, i) => keyOf(from + i))
          const whole = asNumbers && keys.every((key) => Number.isInteger(key))
          const values = keys.map(() => 1)
          writer.write(whole ? new NumberPairs({ keys: Int32Array.from(keys), values: Float64Array.from(values) }) : { keys, values })
        }
        writer.commit()
        return readOutputs(place, { shuffleId: 0, from: 0, to: 2, maps: 1 }).join(';')
      }),
    )
    expect(new Set(results).size).toBe(1)
  })
})
