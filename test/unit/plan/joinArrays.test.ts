import fc from 'fast-check'
import { expect, test } from 'vitest'
import { joinArrays } from '../../../src/plan/joinArrays.js'

test('gives the elements of all parts in order, also when these are arrays', () => {
  const parts = fc.array(fc.array(fc.oneof(fc.integer(), fc.string(), fc.double(), fc.array(fc.integer(), { maxLength: 2 })), { maxLength: 5 }))
  fc.assert(fc.property(parts, (given) => void expect(joinArrays(given)).toEqual(given.flat(1))))
})

test('takes more parts than a call has arguments', () => {
  expect(joinArrays(Array.from({ length: 300_000 }, (_, i) => [i]))).toHaveLength(300_000)
})
