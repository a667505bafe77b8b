import { expect, test } from 'vitest'
import { JobResults } from '../../../src/driver/jobResults.js'
import type { JobRequest } from '../../../src/rdd/jobRunner.js'

const LARGE = 100_000
const request = (decode: (bytes: Uint8Array) => unknown, more: Partial<JobRequest> = {}): JobRequest =>
  ({ name: 'collect at job.ts:1', partitions: [0, 1, 2], decode, ...more }) as JobRequest
const end = (size: number, first: number) => ({ kind: 'Success' as const, result: new Uint8Array(size).fill(first, 0, 1) })
const never = (error: unknown): never => {
  throw error
}

test('small results are decoded as they come, large ones once the next task is on its way, each once', async () => {
  const decoded: number[] = []
  const results = new JobResults(
    request((bytes) => decoded.push(bytes[0]!) && bytes[0]),
    0,
  )
  results.take(1, end(LARGE, 1), never)
  results.take(2, end(LARGE, 2), never)
  results.take(0, end(1, 0), never)
  expect(decoded).toEqual([0])
  await new Promise(setImmediate)
  expect(decoded).toEqual([0, 1])
  expect(results.finish()).toEqual([0, 1, 2])
  await new Promise(setImmediate)
  expect(decoded).toEqual([0, 1, 2])
})

test('what cannot be decoded is told, also at the end', () => {
  const failures: unknown[] = []
  const broken = new Error('torn')
  const results = new JobResults(
    request(() => {
      throw broken
    }),
    0,
  )
  results.take(0, end(1, 0), (error) => failures.push(error))
  results.take(1, end(LARGE, 1), (error) => failures.push(error))
  expect(failures).toEqual([broken])
  results.finish()
  expect(failures).toEqual([broken, broken])
})

test('after the job has ended nobody is given a result', async () => {
  const given: number[] = []
  const results = new JobResults(
    request((bytes) => bytes[0], { onResult: (position) => given.push(position) }),
    0,
  )
  results.take(0, end(LARGE, 0), never)
  results.close()
  await new Promise(setImmediate)
  expect(given).toEqual([])
})
