import { expect, it } from 'vitest'
import { encodeBatch } from '../../../src/shuffle/frame.js'
import { isQuickToRead } from '../../../src/shuffle/isQuickToRead.js'

it.each([
  [[1, 2, 3]],
  [[0.5, -0]],
  [[true, false]],
  [[[1, 2.5, null]]],
  [
    [
      { id: 1, at: { x: 0.5, y: [1, true] } },
      { id: 2, at: { x: 1.5, y: [2, false] } },
    ],
  ],
])('rows of numbers alone are quick to read: %j', (records) => {
  expect(isQuickToRead(encodeBatch(records))).toBe(true)
})

it.each([[['a']], [[[1, 'a']]], [[[1], [1, 2]]], [[{ id: 1, tags: [] }]], [[{ name: 'x', id: 1 }]], [[1, null]], [[1n]], [[new Date(0)]]])(
  'others are not: %o',
  (records) => {
    expect(isQuickToRead(encodeBatch(records))).toBe(false)
  },
)
