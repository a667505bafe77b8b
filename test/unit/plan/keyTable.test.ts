import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashKey } from '../../../src/plan/hashKey.js'
import { KeyTable } from '../../../src/plan/keyTable.js'

/** Short ones and long ones, of one byte a character and of more, with characters that are all zeros. */
const unit = fc.constantFrom('\0', '\x01', 'a', 'b', '\xff', '\u0100', '\u4e2d', '\ud800')
const text = fc.string({ unit, maxLength: 14 })

test('strings of any length and alphabet are found by value, in the order of their arrival, among other keys', () => {
  const key = fc.oneof(text, text, fc.integer({ min: -3, max: 3 }), fc.constant(null))
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300 }), fc.array(key), fc.boolean(), (keys, others, batches) => {
      const table = new KeyTable()
      const indexes = new Map<unknown, number>()
      for (const each of keys) if (!indexes.has(each)) indexes.set(each, indexes.size)
      const expected = keys.map((each) => indexes.get(each))
      if (batches) {
        const found = new Int32Array(keys.length)
        table.addAll(keys, 0, keys.length, found)
        expect([...found]).toEqual(expected)
      } else expect(keys.map((each) => table.add(each))).toEqual(expected)
      expect(table.keys).toEqual([...indexes.keys()])
      for (const each of [...keys, ...others]) expect(table.find(each)).toBe(indexes.get(each) ?? -1)
      expect([...table.hashes()]).toEqual(table.keys.map(hashKey))
      table.clear()
      expect(keys.map((each) => table.find(each))).toEqual(keys.map(() => -1))
    }),
  )
})

test('a hundred thousand short strings keep their indexes while the table grows', () => {
  const table = new KeyTable()
  const texts = Array.from({ length: 100_000 }, (_, i) => (i * 7919).toString(36))
  for (const [index, each] of texts.entries()) expect(table.add(each)).toBe(index)
  for (const [index, each] of texts.entries()) expect(table.find(each)).toBe(index)
  expect(table.find('nowhere')).toBe(-1)
})
