import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PairSource } from '../../../src/plan/batchSource.js'
import { compareKeys } from '../../../src/plan/compareKeys.js'
import { keyOrder } from '../../../src/plan/keyOrder.js'
import type { Sorter } from '../../../src/plan/taskHost.js'
import { createSorter } from '../../../src/shuffle/createSorter.js'
import { decodePairs, encodePairs } from '../../../src/shuffle/frame.js'
import { AMPLE, recordsOf, somePlace, TINY } from './somePlace.js'

type Pair = [unknown, number]
const byKey = (a: unknown, b: unknown): number => compareKeys((a as Pair)[0], (b as Pair)[0])

/** Inserts pairs as a reducer does: by frames of different sizes, now and then by columns that are no frame. */
function insertAll(sorter: Sorter, pairs: readonly Pair[]): void {
  for (let at = 0, turn = 0; at < pairs.length; turn++) {
    const some = pairs.slice(at, at + 1 + ((turn * 389) % 1024))
    at += some.length
    const [keys, values] = [some.map(([key]) => key), some.map(([, value]) => value)]
    sorter.insert(turn % 5 === 4 ? { keys, values } : decodePairs(encodePairs(keys, values), 0).pairs)
  }
}

describe('records by key', () => {
  const some = [
    ['doubles', fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, -1, 1))],
    ['whole numbers', fc.integer()],
    ['strings', fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('', 'a', 'a\0', 'a\0b', 'longer than eight', 'longer than eighty'))],
    ['Latin-1 strings that begin alike', fc.string({ maxLength: 12 }).map((text) => `user-${text}`)],
    ['ASCII strings', fc.oneof(fc.string({ unit: 'grapheme-ascii', maxLength: 20 }), fc.constantFrom('', 'a', 'a\0', 'user', 'user\0'))],
    ['mostly numbers', fc.oneof(fc.integer(), fc.constant(null))],
  ] as [string, fc.Arbitrary<unknown>][]
  it.each(some)('%s: the same as by comparing, up and down', (_, key) => {
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 300 }), fc.boolean(), (keys, ascending) => {
        const records = Array.from({ length: 5000 }, (_, i): Pair => [keys[(i * 7 + (i >> 5)) % keys.length], i])
        const place = somePlace(AMPLE)
        const sorter = createSorter({ compare: keyOrder(undefined, ascending), ...place })
        insertAll(sorter, records)
        const expected = [...records].sort((a, b) => (ascending ? byKey(a, b) : -byKey(a, b)))
        expect(recordsOf(sorter.finish())).toEqual(expected)
        place.end()
      }),
      { numRuns: 25 },
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
        const sorter = createSorter({ compare: compareKeys, ...place })
        insertAll(sorter, records)
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
    const sorter = createSorter({ compare: compareKeys, ...place })
    insertAll(
      sorter,
      Array.from({ length: 150_000 }, (_, i) => [(i * 31) % 1000, i]),
    )
    expect(place.metrics.spills).toBeGreaterThan(64)
    const sorted = recordsOf(sorter.finish()) as Pair[]
    expect(sorted).toHaveLength(150_000)
    for (let i = 1; i < sorted.length; i++) {
      const order = byKey(sorted[i - 1], sorted[i])
      if (order > 0 || (order === 0 && sorted[i - 1]![1] > sorted[i]![1])) expect.fail(`not in order at ${i}`)
    }
    place.end()
  })

  it('gives one side as lines: strings in bytes or not, and what is no string', () => {
    const place = somePlace(AMPLE)
    const sorter = createSorter({ compare: keyOrder(undefined, true), ...place })
    const values = new Map<number, unknown>()
    for (let frame = 0; frame < 60; frame++) {
      const keys = Array.from({ length: 500 }, (_, i) => ((500 * frame + i) * 7919) % 30_000)
      for (const key of keys) values.set(key, [`line ${key}`, `Zeile ${key}: äöü €`, 'x'.repeat(key % 300), key, [key, null]][frame % 5])
      sorter.insert(
        decodePairs(
          encodePairs(
            keys,
            keys.map((key) => values.get(key)),
          ),
          0,
        ).pairs,
      )
    }
    const sorted = sorter.finish() as PairSource
    let text = ''
    let count = 0
    for (let lines = sorted.nextLines!('values'); lines !== null; lines = sorted.nextLines!('values')) {
      text += Buffer.from(lines.bytes).toString()
      count += lines.count
    }
    sorted.close()
    expect(count).toBe(30_000)
    expect(text).toBe(Array.from({ length: 30_000 }, (_, key) => `${String(values.get(key))}\n`).join(''))
    place.end()
  })

  it('gives everything back when it is closed before its end', () => {
    const place = somePlace(TINY)
    const sorter = createSorter({ compare: compareKeys, ...place })
    insertAll(
      sorter,
      Array.from({ length: 20_000 }, (_, i) => [i, i]),
    )
    const sorted = sorter.finish()
    expect(sorted.next()).toHaveLength(1024)
    sorted.close()
    place.end()
  })
})
