import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyMap } from '../../../src/plan/keyMap.js'
import { ownString } from '../../../src/plan/ownString.js'
import { sameKey } from '../../../src/plan/sameKey.js'
import { anyKey, copyOf } from './someKeys.js'

describe('a map by key', () => {
  it('behaves as a list of entries that is searched by value', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyKey, fc.nat())), (pairs) => {
        const map = new KeyMap<number>()
        const model: [unknown, number][] = []
        for (const [key, value] of pairs) {
          map.set(key, value)
          const known = model.find((entry) => sameKey(entry[0], key))
          if (known) known[1] = value
          else model.push([key, value])
        }
        expect(map.size).toBe(model.length)
        expect([...map.entries()]).toEqual(model)
        for (const [key, value] of model) expect(map.get(copyOf(key))).toBe(value)
      }),
    )
  })

  it('grows, and finds every key of a hundred thousand', () => {
    const map = new KeyMap<number>()
    for (let i = 0; i < 100_000; i++) map.set(i % 2 === 0 ? `the key of number ${i}` : i, i)
    for (let i = 0; i < 100_000; i++) if (map.get(i % 2 === 0 ? `the key of number ${i}` : i) !== i) expect.fail(`lost ${i}`)
    expect(map.has('another')).toBe(false)
    expect(map.size).toBe(100_000)
  })

  it('gives cut strings memory of their own without changing them', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), (text) => ownString(`${text}.`.slice(0, -1)) === text))
  })
})
