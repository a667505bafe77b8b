import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkKey } from '../../../src/plan/checkKey.js'
import { compareKeys } from '../../../src/plan/compareKeys.js'
import { hashKey } from '../../../src/plan/hashKey.js'
import { nonNegativeMod } from '../../../src/plan/nonNegativeMod.js'
import { sameKey } from '../../../src/plan/sameKey.js'
import { anyKey, copyOf } from './someKeys.js'

describe('keys by value', () => {
  it('are the same as their copies, whatever the order of members, and hash alike', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const copy = copyOf(key)
        expect(sameKey(key, copy)).toBe(true)
        expect(hashKey(copy)).toBe(hashKey(key))
      }),
    )
  })

  it('are the same for both sides, and then hash alike', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        expect(sameKey(a, b)).toBe(sameKey(b, a))
        if (sameKey(a, b)) expect(hashKey(a)).toBe(hashKey(b))
      }),
    )
  })

  it.each([
    [0, -0],
    [Number.NaN, Number.NaN],
    [
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ],
    [new Date(5), new Date(5)],
    [10n ** 30n, 10n ** 30n],
    [
      [1, [undefined]],
      [1, [undefined]],
    ],
  ])('takes %o and %o for one key', (a, b) => {
    expect(sameKey(a, b)).toBe(true)
    expect(hashKey(a)).toBe(hashKey(b))
  })

  it.each([
    [1, '1'],
    [1, 1n],
    [1, true],
    [0, null],
    [null, undefined],
    [[], {}],
    [[1], [1, undefined]],
    [new Array(1), [5]],
    [{ a: undefined }, { b: undefined }],
    [{}, { a: undefined }],
    [new Date(5), 5],
  ])('takes %o and %o for two keys', (a, b) => {
    expect(sameKey(a, b)).toBe(false)
    expect(sameKey(b, a)).toBe(false)
  })

  it('hash the same in every version: partitions of saved data depend on it', () => {
    expect(['', 'spark', 'höhe', 0, 1, -7, 1.5, true, null, undefined, [1, 'a'], { a: 1 }].map(hashKey)).toMatchInlineSnapshot(`
      [
        -1421968373,
        1006716570,
        -1730226335,
        0,
        301794027,
        1448707777,
        -1799472098,
        19701,
        43,
        29,
        -1087207105,
        -352559104,
      ]
    `)
  })

  it('spread over partitions, whole numbers and words alike', () => {
    for (const make of [(i: number) => i, (i: number) => i * 8, (i: number) => `word${i}`, (i: number) => i / 3]) {
      const counts = new Array<number>(8).fill(0)
      for (let i = 0; i < 8000; i++) counts[nonNegativeMod(hashKey(make(i)), 8)]!++
      expect(Math.min(...counts)).toBeGreaterThan(800)
    }
  })

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a Map', new Map()],
    ['a Set', [new Set()]],
    ['a Promise', { p: Promise.resolve() }],
    ['a URL', new URL('http://x')],
  ])('%s cannot be one, by name', (name, key) => {
    expect(() => checkKey(key)).toThrow(`${name} cannot be a key`)
    expect(() => hashKey(key)).toThrow(`${name} cannot be a key`)
  })

  it('that contain themselves are refused', () => {
    const loop: unknown[] = []
    loop.push(loop)
    expect(() => checkKey(loop)).toThrow('contains itself')
    expect(() => hashKey(loop)).toThrow('contains itself')
  })
})

describe('the order of keys', () => {
  const numbers = fc.oneof(fc.double(), fc.constant(undefined), fc.constant(null))
  const kinds: [string, fc.Arbitrary<unknown>][] = [
    ['numbers', numbers],
    ['strings', fc.string({ unit: 'binary' })],
    ['bigints', fc.bigInt()],
    ['dates', fc.date({ noInvalidDate: false })],
    ['booleans', fc.boolean()],
    ['arrays', fc.array(numbers, { maxLength: 3 })],
  ]
  it.each(kinds)('of %s is total, and equal in it means the same', (_, keys) => {
    fc.assert(
      fc.property(keys, keys, keys, (a, b, c) => {
        expect(Math.sign(compareKeys(a, b))).toBe(0 - Math.sign(compareKeys(b, a)))
        if (compareKeys(a, b) <= 0 && compareKeys(b, c) <= 0) expect(compareKeys(a, c)).toBeLessThanOrEqual(0)
        expect(compareKeys(a, b) === 0).toBe(sameKey(a, b))
      }),
    )
  })

  it('puts undefined and null first and NaN last', () => {
    const sorted = [Number.NaN, 3, null, -1, undefined, Number.POSITIVE_INFINITY].map((key) => [key]).sort((a, b) => compareKeys(a[0], b[0]))
    expect(sorted.flat()).toEqual([undefined, null, -1, 3, Number.POSITIVE_INFINITY, Number.NaN])
  })

  it('compares arrays part by part and strings by code unit', () => {
    expect(compareKeys([1, 'b'], [1, 'a'])).toBeGreaterThan(0)
    expect(compareKeys([1], [1, 0])).toBeLessThan(0)
    expect(compareKeys('Z', 'a')).toBeLessThan(0)
    expect(compareKeys('\u{1F600}', '\uFFFD')).toBeLessThan(0)
  })

  it('refuses mixed kinds naming both', () => {
    expect(() => compareKeys(1, 'one')).toThrow('the number 1 and the string "one"')
    expect(() => compareKeys({}, {})).toThrow('objects have no order')
  })
})
