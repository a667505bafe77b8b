import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashKey } from '../../../src/plan/hashKey.js'
import { nonNegativeMod } from '../../../src/plan/nonNegativeMod.js'
import type { MapOutput } from '../../../src/plan/taskHost.js'
import { createShuffleWriter } from '../../../src/shuffle/createShuffleWriter.js'
import { anyKey } from '../plan/someKeys.js'
import { AMPLE, pair, somePlace, TINY } from './somePlace.js'

type Pairs = readonly (readonly [unknown, unknown])[]

function checksumOf(pairs: Pairs, bytes = AMPLE): string {
  const place = somePlace(bytes)
  const spec = { shuffleId: 0, numReducers: 3, partition: (key: unknown) => nonNegativeMod(hashKey(key), 3) }
  const writer = createShuffleWriter({ ...place, mapIndex: 0, attemptId: 0, spec })
  for (const [key, value] of pairs) writer.write(pair(key, value))
  const { checksum } = writer.commit() as MapOutput
  place.end()
  return checksum!
}

// whatever records are made of, also what has no column of its own
const anyValue = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, maxDepth: 3 })
const somePairs = fc.array(fc.tuple(anyKey, anyValue), { minLength: 1, maxLength: 30 })

describe('the checksum of a map output', () => {
  it('does not depend on the order of the records', () => {
    fc.assert(
      fc.property(somePairs, fc.nat(), (pairs, turn) => {
        const others = [...pairs.slice(turn % pairs.length), ...pairs.slice(0, turn % pairs.length)].reverse()
        expect(checksumOf(others)).toBe(checksumOf(pairs))
      }),
      { numRuns: 200 },
    )
  })

  it('nor on how they are spread over frames, nor on memory', () => {
    const pairs = Array.from({ length: 5000 }, (_, i) => [`key ${i % 999}`, i % 7 === 0 ? { id: i, of: null } : i % 3 === 0 ? i / 2 : `ü ${i}`] as const)
    const shuffled = pairs.toSorted(([a], [b]) => hashKey(a) - hashKey(b))
    expect(new Set([checksumOf(pairs), checksumOf(pairs, TINY), checksumOf(shuffled)]).size).toBe(1)
  })

  it.each<[string, (i: number, changed: boolean) => unknown]>([
    ['whole numbers', (i, changed) => i + Number(changed)],
    ['fractions', (i, changed) => (i / 3) * (changed ? 1 + Number.EPSILON : 1)],
    ['texts', (i, changed) => `a text that is long enough ${i}${changed ? '!' : '.'}`],
    ['texts beyond ASCII', (i, changed) => `${changed ? 'ä' : 'ö'} 😀 ${i}`],
    ['lists', (i, changed) => Array.from({ length: i % 5 }, (_, at) => at + (changed && at === 0 ? 1 : 0))],
    ['tuples', (i, changed) => [i, changed]],
    ['objects', (i, changed) => ({ id: i, inner: { on: changed } })],
    ['missing values', (i, changed) => (i % 2 ? i : changed ? null : undefined)],
    ['dates', (i, changed) => new Date(i + Number(changed))],
    ['bytes', (i, changed) => Uint8Array.of(i, Number(changed))],
  ])('sees one record that has changed: %s', (_, valueAt) => {
    const pairs = (changed: number): Pairs => Array.from({ length: 100 }, (_, i) => [i, valueAt(i, i === changed)] as const)
    expect(checksumOf(pairs(44))).not.toBe(checksumOf(pairs(-1)))
  })

  it('sees a record more, a record twice, and values that have changed places', () => {
    const sums = [
      checksumOf([
        [1, 'a'],
        [2, 'b'],
      ]),
      checksumOf([
        [1, 'b'],
        [2, 'a'],
      ]),
      checksumOf([
        [1, 'a'],
        [2, 'b'],
        [2, 'b'],
      ]),
      checksumOf([[1, 'a']]),
      checksumOf([]),
    ]
    expect(new Set(sums).size).toBe(sums.length)
  })
})
