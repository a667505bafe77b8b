import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactShares } from '../../../src/plan/engine/exactShares.js'
import { seededRandom } from '../../../src/plan/engine/random.js'

const counts = fc.array(fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 40 })), { selector: ([key]) => key }), {
  minLength: 1,
  maxLength: 5,
})

describe('exactShares', () => {
  it('gives every key its fraction, rounded up, and no partition more than it has', () => {
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), fc.integer(), (parts, fraction, withReplacement, seed) => {
        const shares = exactShares(parts, [['a', fraction]], withReplacement, seededRandom(seed))
        const seen = parts.flat().reduce((sum, [key, count]) => sum + (key === 'a' ? count : 0), 0)
        const taken = shares.flat().reduce((sum, [, , wanted]) => sum + wanted, 0)
        expect(taken).toBe(Math.ceil(seen * fraction))
        expect(shares.flat().every(([key, count, wanted]) => key === 'a' && (withReplacement || wanted <= count))).toBe(true)
      }),
    )
  })

  it('leaves out keys without a fraction', () => {
    expect(exactShares([[['a', 3]], [['b', 3]]], [['b', 1]], false, seededRandom(1))).toEqual([[], [['b', 3, 3]]])
  })
})
