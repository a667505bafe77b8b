import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PairColumns } from '../../../src/plan/batchSource.js'
import { loopSupport } from '../../../src/plan/compile/loopSupport.js'
import { PAIRS } from '../../../src/plan/compile/pairsEnd.js'
import { compileLoop } from '../../../src/plan/compile/recordLoop.js'
import { hashKey } from '../../../src/plan/hashKey.js'
import { KeyMap } from '../../../src/plan/keyMap.js'
import { nonNegativeMod } from '../../../src/plan/nonNegativeMod.js'
import { NumberPairs } from '../../../src/plan/numberPairs.js'
import type { Combiner } from '../../../src/plan/taskHost.js'
import { createAggregator } from '../../../src/shuffle/createAggregator.js'
import { createCogrouper } from '../../../src/shuffle/createCogrouper.js'
import { createShuffleWriter } from '../../../src/shuffle/createShuffleWriter.js'
import { decodeBatch, encodeNumbers, encodePairs } from '../../../src/shuffle/frame.js'
import { AMPLE, readOutputs, recordsOf, somePlace, TINY } from './somePlace.js'

type Pair = readonly [unknown, unknown]

const add = (a: unknown, b: unknown): unknown => (a as number) + (b as number)
const sum: Combiner = { create: (value) => value, mergeValue: add, mergeCombiners: add }
/** Not a number any more once it is large. */
const bounded = (a: unknown, b: unknown): unknown => (typeof a === 'string' || (a as number) + (b as number) > 40 ? `${a}+` : add(a, b))
const COMBINERS: Record<string, Combiner> = {
  sums: sum,
  'sums that begin elsewhere': { ...sum, create: (value) => (value as number) / 3 - 1 },
  'texts of some': { create: (value) => value, mergeValue: bounded, mergeCombiners: bounded },
  lists: {
    create: (value) => [value],
    mergeValue: (list, value) => [...(list as unknown[]), value],
    mergeCombiners: (a, b) => [...(a as unknown[]), ...(b as unknown[])],
  },
}

const numberPair = fc.tuple(
  fc.oneof(fc.integer({ min: -20, max: 20 }), fc.integer()),
  fc.oneof(fc.integer({ min: 0, max: 9 }), fc.double(), fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY)),
)
const oddPair = fc.constantFrom<Pair>([-0, 1], [0.5, 2], [2 ** 31, 3], ['1', 4], [1, '5'], [2, null], [undefined, 6], [3, true])
/** Numbers first, and for a part of the runs others among them later. */
const pairsOf = (count: number): fc.Arbitrary<Pair[]> =>
  fc
    .tuple(fc.array(numberPair, { minLength: 1, maxLength: count }), fc.array(oddPair, { maxLength: 2 }), fc.array(numberPair, { maxLength: count }))
    .map((parts) => parts.flat() as Pair[])

/** The pairs as the loops hand them on: numbers until the first that is none. */
function columnsOf(pairs: readonly Pair[], wanted: number): PairColumns[] {
  const columns: PairColumns[] = []
  const write = (some: PairColumns): void => {
    // what is handed on is used again: a copy of it is what the test keeps
    columns.push(some.numbers ? new NumberPairs({ keys: some.numbers.keys.slice(), values: some.numbers.values.slice() }) : some)
  }
  const loop = compileLoop([], PAIRS)([], loopSupport, { wanted, write })
  loop.process(pairs)
  loop.result()
  return columns
}

const recordsIn = (columns: readonly PairColumns[]): Pair[] => columns.flatMap(({ keys, values }) => keys.map((key, i): Pair => [key, values[i]]))

/** What the combiner gives, key by key in the order of their arrival. */
function model(pairs: readonly Pair[], { create, mergeValue }: Combiner): Pair[] {
  const map = new KeyMap<{ value: unknown }>()
  const order: [unknown, { value: unknown }][] = []
  for (const [key, value] of pairs) {
    const known = map.get(key)
    if (known) known.value = mergeValue(known.value, value)
    else {
      const made = { value: create(value) }
      map.set(key, made)
      order.push([key, made])
    }
  }
  return order.map(([key, made]) => [key, made.value])
}

describe('columns of numbers', () => {
  it('hold the same pairs as columns of anything, and nothing that a number array would change', () => {
    fc.assert(
      fc.property(pairsOf(60), fc.integer({ min: 1, max: 50 }), (pairs, wanted) => {
        const columns = columnsOf(pairs, wanted)
        expect(recordsIn(columns)).toStrictEqual(pairs)
        for (const { numbers } of columns) if (numbers) expect(Object.is([...numbers.keys].find((key) => key === 0) ?? 0, 0)).toBe(true)
      }),
    )
  })

  it('make the frames that pairs make, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(numberPair, { minLength: 1, maxLength: 40 }), (given) => {
        const pairs = given.filter(([key]) => !Object.is(key, -0))
        fc.pre(pairs.length > 0)
        const frame = encodeNumbers({ keys: Int32Array.from(pairs, ([key]) => key), values: Float64Array.from(pairs, ([, value]) => value) })
        const other = encodePairs(
          pairs.map(([key]) => key),
          pairs.map(([, value]) => value),
        )
        expect(Buffer.from(frame).equals(other)).toBe(true)
        expect(decodeBatch(frame, 0).records).toStrictEqual(pairs)
      }),
    )
  })
})

describe.each(Object.entries(COMBINERS))('an aggregator of numbers: %s', (_, combiner) => {
  it.each([
    ['in memory', AMPLE],
    ['from disk', TINY],
  ])('gives what combining one by one gives, in the order of arrival (%s)', (where, bytes) => {
    fc.assert(
      fc.property(pairsOf(bytes === TINY ? 6000 : 300), (pairs) => {
        const place = somePlace(bytes)
        const aggregator = createAggregator({ combiner, ...place })
        for (const columns of columnsOf(pairs, 512)) aggregator.insert(columns)
        const got = recordsOf(aggregator.finish())
        // what was spilled is merged in another order of additions
        if (where === 'in memory') expect(got).toStrictEqual(model(pairs, combiner))
        else expect(got.map(([key]) => key)).toStrictEqual(model(pairs, combiner).map(([key]) => key))
        place.end()
      }),
      { numRuns: bytes === TINY ? 8 : 60 },
    )
  })
})

describe.each([
  ['in memory', AMPLE],
  ['from disk', TINY],
])('a cogrouper of numbers (%s)', (_, bytes) => {
  it.each(['groups', 'inner', 'full'] as const)('gives what one of anything gives: %s', (kind) => {
    fc.assert(
      fc.property(pairsOf(bytes === TINY ? 4000 : 200), pairsOf(30), (left, right) => {
        const results = [true, false].map((numbers) => {
          const place = somePlace(bytes)
          const cogrouper = createCogrouper({ inputs: 2, ...place })
          for (const [input, pairs] of [left, right].entries()) {
            for (const columns of columnsOf(pairs, 512)) cogrouper.insert(input, numbers ? columns : { keys: columns.keys, values: columns.values })
          }
          const records: unknown[] = recordsOf<unknown>(kind === 'groups' ? cogrouper.finish() : cogrouper.join(kind))
          const plain = records.map((record) =>
            kind === 'groups' ? [(record as Pair)[0], ...((record as Pair)[1] as Iterable<unknown>[]).map((side) => [...side])] : record,
          )
          cogrouper.close()
          place.end()
          return plain
        })
        expect(results[0]).toStrictEqual(results[1])
      }),
      { numRuns: bytes === TINY ? 5 : 40 },
    )
  })
})

it('spills numbers and merges them', () => {
  const place = somePlace(TINY)
  const aggregator = createAggregator({ combiner: sum, ...place })
  const pairs = Array.from({ length: 60_000 }, (_, i): Pair => [(i * 7919) % 20_011, 1])
  for (const columns of columnsOf(pairs, 1024)) aggregator.insert(columns)
  expect(place.metrics.spills).toBeGreaterThan(0)
  expect(recordsOf(aggregator.finish())).toStrictEqual(model(pairs, sum))
  place.end()
})

it('calls the functions of a combiner once for each pair, also where they stop giving numbers', () => {
  const calls: string[] = []
  const told: Combiner = {
    create: (value) => {
      calls.push(`create ${value}`)
      return value
    },
    mergeValue: (a, b) => {
      calls.push(`merge ${a} ${b}`)
      return b === 3 ? 'three' : a
    },
    mergeCombiners: () => expect.unreachable(),
  }
  const place = somePlace(AMPLE)
  const aggregator = createAggregator({ combiner: told, ...place })
  aggregator.insert(new NumberPairs({ keys: Int32Array.of(7, 8, 7, 7, 9, 8), values: Float64Array.of(1, 2, 3, 4, 5, 6) }))
  expect(recordsOf(aggregator.finish())).toStrictEqual([
    [7, 'three'],
    [8, 2],
    [9, 5],
  ])
  expect(calls).toEqual(['create 1', 'create 2', 'merge 1 3', 'merge three 4', 'create 5', 'merge 2 6'])
  place.end()
})

it.each([
  ['as they are', undefined],
  ['combined', sum],
])('a map output has the same pairs, order and checksum from columns of numbers and of anything: %s', (_, combiner) => {
  fc.assert(
    fc.property(pairsOf(3000), fc.integer({ min: 1, max: 5 }), (pairs, reducers) => {
      const outputs = [true, false].map((numbers) => {
        const place = somePlace(AMPLE)
        const partition = (key: unknown): number => nonNegativeMod(hashKey(key), reducers)
        const spec = { shuffleId: 0, numReducers: reducers, partition, ...(combiner && { combiner }) }
        const writer = createShuffleWriter({ ...place, mapIndex: 0, attemptId: 0, spec })
        const sums = pairs.filter(([, value]) => typeof value === 'number')
        for (const columns of columnsOf(sums, 512)) writer.write(numbers ? columns : { keys: columns.keys, values: columns.values })
        const { checksum, records } = writer.commit() as { checksum: string; records: number }
        const read = Array.from({ length: reducers }, (_each, from) => readOutputs(place, { shuffleId: 0, from, to: from + 1, maps: 1 }))
        place.end()
        return { checksum, records, read }
      })
      expect(outputs[0]).toStrictEqual(outputs[1])
    }),
    { numRuns: 40 },
  )
})
