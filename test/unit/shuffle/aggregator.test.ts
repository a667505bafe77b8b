import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyMap } from '../../../src/plan/keyMap.js'
import { createAggregator } from '../../../src/shuffle/createAggregator.js'
import { createCogrouper } from '../../../src/shuffle/createCogrouper.js'
import { decodeBatch, encodeBatch } from '../../../src/shuffle/frame.js'
import { anyKey } from '../plan/someKeys.js'
import { AMPLE, pair, recordsOf, somePlace, TINY } from './somePlace.js'

const list = {
  create: (value: unknown) => [value],
  mergeValue: (values: unknown, value: unknown) => {
    ;(values as unknown[]).push(value)
    return values
  },
  mergeCombiners: (a: unknown, b: unknown) => [...(a as unknown[]), ...(b as unknown[])],
}

describe('an aggregator', () => {
  it.each([
    ['in memory', AMPLE],
    ['from disk', TINY],
  ])('combines every value of a key, in the order of the values (%s)', (_, bytes) => {
    fc.assert(
      fc.property(fc.array(anyKey, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 4000 }), (keys, count) => {
        const place = somePlace(bytes)
        const aggregator = createAggregator({ combiner: list, ...place })
        const model = new KeyMap<unknown[]>()
        for (let i = 0; i < count; i++) {
          const key = i % 3 === 0 ? `key ${i % 500}` : keys[i % keys.length]
          aggregator.insert(pair(key, i))
          const known = model.get(key)
          if (known) known.push(i)
          else model.set(key, [i])
        }
        const groups = recordsOf(aggregator.finish())
        expect(groups).toHaveLength(model.size)
        for (const [key, values] of groups) expect(values).toEqual(model.get(key))
        place.end()
      }),
      { numRuns: 30 },
    )
  })

  it('merges more runs than may be open at once', () => {
    const place = somePlace(TINY)
    const aggregator = createAggregator({ combiner: { create: (v) => v, mergeValue: add, mergeCombiners: add }, ...place })
    for (let i = 0; i < 60_000; i++) aggregator.insert(pair(`a key that is rather long ${i % 20_000}`, 1))
    expect(place.metrics.spills).toBeGreaterThan(64)
    const sums = recordsOf(aggregator.finish())
    expect(sums).toHaveLength(20_000)
    expect(sums.every(([, sum]) => sum === 3)).toBe(true)
    place.end()
  })

  it('merges values that were combined elsewhere', () => {
    const place = somePlace(AMPLE)
    const aggregator = createAggregator({ combiner: list, ...place })
    aggregator.merge(pair('a', [1]))
    aggregator.merge(pair('a', [2, 3]))
    expect(recordsOf(aggregator.finish())).toEqual([['a', [1, 2, 3]]])
    place.end()
  })

  it('notices one group that grows large among many small ones', () => {
    const place = somePlace(1 << 18)
    const aggregator = createAggregator({ combiner: list, ...place })
    for (let i = 0; i < 2000; i++) aggregator.insert(pair(i, 'small'))
    for (let i = 0; i < 20_000; i++) aggregator.insert(pair('hot', `value ${i}`))
    expect(place.metrics.spills).toBeGreaterThan(0)
    expect((recordsOf(aggregator.finish()).find(([key]) => key === 'hot')![1] as unknown[]).length).toBe(20_000)
    place.end()
  })

  it('gives everything back when it is closed early, also after an error of the user', () => {
    const place = somePlace(TINY)
    const failing = { ...list, create: (value: unknown) => (value === 9999 ? expect.unreachable() : [value]) }
    const aggregator = createAggregator({ combiner: failing, ...place })
    expect(() => {
      for (let i = 0; i < 20_000; i++) aggregator.insert(pair(i, i))
    }).toThrow()
    expect(place.metrics.spills).toBeGreaterThan(0)
    aggregator.close()
    aggregator.close()
    place.end()
  })
})

describe('a cogrouper', () => {
  it.each([
    ['in memory', AMPLE],
    ['from disk', TINY],
  ])('keeps the values of each input apart (%s)', (_, bytes) => {
    const place = somePlace(bytes)
    const cogrouper = createCogrouper({ inputs: 3, ...place })
    for (let input = 0; input < 3; input++) for (let i = 0; i < 6000; i++) if (i % (input + 1) === 0) cogrouper.insert(input, pair(i % 3000, `${input}:${i}`))
    const groups = recordsOf(cogrouper.finish())
    expect(groups).toHaveLength(3000)
    for (const [key, sides] of groups) {
      expect(sides).toEqual([0, 1, 2].map((input) => [key as number, (key as number) + 3000].filter((i) => i % (input + 1) === 0).map((i) => `${input}:${i}`)))
    }
    expect(place.metrics.spills > 0).toBe(bytes === TINY)
    place.end()
  })
})

describe('a group larger than memory', () => {
  const cogrouped = (bytes: number, inputs: number, insert: (cogrouper: ReturnType<typeof createCogrouper>) => void) => {
    const place = somePlace(bytes)
    const cogrouper = createCogrouper({ inputs, ...place })
    insert(cogrouper)
    return { place, cogrouper }
  }

  it('is gone through from disk, as often as one likes, and leaves nothing', () => {
    const { place, cogrouper } = cogrouped(TINY, 2, (grouper) => {
      for (let i = 0; i < 30_000; i++) grouper.insert(i % 7 === 0 ? 1 : 0, pair(i % 10 === 3 ? i : 'hot', `value ${i}`))
    })
    const groups = recordsOf(cogrouper.finish())
    expect(groups).toHaveLength(3001)
    const [, [left, right]] = groups.find(([key]) => key === 'hot')!
    expect(Array.isArray(left)).toBe(false)
    const expected = Array.from({ length: 30_000 }, (_, i) => i).filter((i) => i % 10 !== 3)
    for (let turn = 0; turn < 2; turn++) {
      expect([...left!]).toEqual(expected.filter((i) => i % 7 !== 0).map((i) => `value ${i}`))
      expect([...right!]).toEqual(expected.filter((i) => i % 7 === 0).map((i) => `value ${i}`))
    }
    expect([left!.length, right!.length]).toEqual([left, right].map((side) => [...side!].length))
    cogrouper.close()
    place.end()
  })

  it('is joined, and is an array again where it is sent', () => {
    const { place, cogrouper } = cogrouped(TINY, 2, (grouper) => {
      for (let i = 0; i < 20_000; i++) grouper.insert(0, pair('hot', `left ${i}`))
      for (let i = 0; i < 3; i++) grouper.insert(1, pair('hot', i))
      grouper.insert(1, pair('lonely', 1))
    })
    const joined = recordsOf(cogrouper.join('right'))
    expect(joined).toHaveLength(60_001)
    expect(joined).toContainEqual(['lonely', [undefined, 1]])
    expect(joined.filter(([key]) => key === 'hot').slice(0, 4)).toEqual([
      ['hot', ['left 0', 0]],
      ['hot', ['left 0', 1]],
      ['hot', ['left 0', 2]],
      ['hot', ['left 1', 0]],
    ])
    cogrouper.close()
    place.end()
    const other = cogrouped(TINY, 1, (grouper) => {
      for (let i = 0; i < 20_000; i++) grouper.insert(0, pair('hot', `value ${i}`))
    })
    const [group] = recordsOf(other.cogrouper.finish())
    const [[, [values]]] = decodeBatch(encodeBatch([group]), 0).records as [[string, [string[]]]]
    expect(values).toEqual(Array.from({ length: 20_000 }, (_, i) => `value ${i}`))
    other.cogrouper.close()
    other.place.end()
  })
})

function add(a: unknown, b: unknown): unknown {
  return (a as number) + (b as number)
}
