import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coalesceGroups } from '../../../src/rdd/coalesceGroups.js'

describe('groups of partitions', () => {
  it('have every partition once, in order, and differ in size by one at most', () => {
    fc.assert(
      fc.property(fc.nat({ max: 300 }), fc.integer({ min: 1, max: 300 }), (partitions, wanted) => {
        const groups = coalesceGroups(partitions, wanted)
        expect(groups.flat()).toEqual(Array.from({ length: partitions }, (_, index) => index))
        expect(groups).toHaveLength(Math.min(partitions, wanted))
        const sizes = groups.map((group) => group.length)
        if (sizes.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })
})
