import { expect, test } from 'vitest'
import { API_NAMES } from '../../../src/build/tsparkModule.js'
import * as api from '../../../src/index.js'

test('a job can import all values that tspark exports, and nothing else', () => {
  expect([...API_NAMES].sort()).toEqual(Object.keys(api).sort())
})
