import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareKeys } from '../../../src/plan/compareKeys.js'
import { keyOrder } from '../../../src/plan/keyOrder.js'
import { createSorter } from '../../../src/shuffle/createSorter.js'
import { sortRecords } from '../../../src/shuffle/sortRecords.js'
import { AMPLE, recordsOf, somePlace, TINY } from './somePlace.js'

type Pair = [unknown, number]
const byKey = (a: unknown, b: unknown): number => compareKeys((a as Pair)[0], (b as Pair)[0])

describe('records by key', () => {
  const some = [
    ['doubles', fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, -1, 1))],
    ['whole numbers', fc.integer()],
    ['strings', fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('', 'a', 'a\0', 'a\0b', 'longer than eight', 'longer than eighty'))],
    ['Latin-1 strings that begin alike', fc.string({ maxLength: 12 }).map((text) => `user-${text}`)],
    ['mostly numbers', fc.oneof(fc.integer(), fc.constant(null))],
  ] as [string, fc.Arbitrary<unknown>][]
  it.each(some)('%s: the same as by comparing, up and down', (_, key) => {
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 300 }), fc.boolean(), (keys, ascending) => {
        const records = Array.from({ length: 5000 }, (_, i): Pair => [keys[(i * 7 + (i >> 5)) % keys.length], i])
        const order = keyOrder((record) => (record as Pair)[0], ascending)
        const sorted = sortRecords([...records], order)
        expect(sorted.map((record) => (record as Pair)[1])).toEqual([...records].sort(order).map((record) => record[1]))
      }),
      { numRuns: 40 },
    )
  })
})

describe('a sorter', () => {
  it.each([
    ['in memory', AMPLE],
    ['from disk', TINY],
  ])('gives what a stable sort gives (%s)', (_, bytes) => {
    const keys = fc.oneof(fc.array(fc.string({ maxLength: 3 }), { minLength: 1 }), fc.array(fc.double(), { minLength: 1 }))
    fc.assert(
      fc.property(keys, fc.integer({ min: 0, max: 6000 }), (some, count) => {
        const place = somePlace(bytes)
        const records = Array.from({ length: count }, (_, i): Pair => [some[(i * 7) % some.length], i])
        const sorter = createSorter({ compare: byKey, ...place })
        for (const record of records) sorter.insert(record)
        const sorted = recordsOf(sorter.finish())
        const expected = [...records].sort(byKey)
        expect(sorted.length).toBe(count)
        for (let i = 0; i < count; i++) if ((sorted[i] as Pair)[1] !== expected[i]![1]) expect.fail(`record ${i} differs`)
        place.end()
      }),
      { numRuns: 30 },
    )
  })

  it('merges more runs than may be open at once, still stable', () => {
    const place = somePlace(TINY)
    const sorter = createSorter({ compare: byKey, ...place })
    for (let i = 0; i < 100_000; i++) sorter.insert([(i * 31) % 1000, i])
    expect(place.metrics.spills).toBeGreaterThan(64)
    const sorted = recordsOf(sorter.finish()) as Pair[]
    expect(sorted).toHaveLength(100_000)
    for (let i = 1; i < sorted.length; i++) {
      const order = byKey(sorted[i - 1], sorted[i])
      if (order > 0 || (order === 0 && sorted[i - 1]![1] > sorted[i]![1])) expect.fail(`not in order at ${i}`)
    }
    place.end()
  })

  it('gives everything back when it is closed before its end', () => {
    const place = somePlace(TINY)
    const sorter = createSorter({ compare: byKey, ...place })
    for (let i = 0; i < 20_000; i++) sorter.insert([i, i])
    const sorted = sorter.finish()
    expect(sorted.next()).toHaveLength(1024)
    sorted.close()
    place.end()
  })
})
