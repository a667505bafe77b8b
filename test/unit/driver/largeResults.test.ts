import { expect, test } from 'vitest'
import { LargeResults } from '../../../src/driver/largeResults.js'
import type { WorkerInfo } from '../../../src/protocol/shapes.js'

const END = { kind: 'Success', resultBlock: { name: '7-ab', size: 2_000_000 } } as const

function resultsOf(worker: WorkerInfo | undefined, limit = 0): LargeResults {
  return new LargeResults({ appId: 'app-1', secret: '00', workerOf: () => worker, toWorker: () => {} }, limit)
}

test('a result whose worker does not answer, or is gone, is one more attempt', async () => {
  // nothing listens on port 1
  const worker = { workerId: 'w', host: '127.0.0.1', port: 1, cores: 1, memory: 1, hostId: 'another', scratchDirs: ['/nowhere'] }
  for (const each of [worker, undefined]) {
    const end = await resultsOf(each).fetch('e1', END)
    expect(end).toMatchObject({ kind: 'EngineError', retry: true, error: { code: 'TSPARK_CLUSTER', message: expect.stringContaining('could not be read') } })
  }
})

test('a result that is more than the driver takes is not fetched', () => {
  expect([resultsOf(undefined).isLarge(END), resultsOf(undefined, 1000).isLarge(END)]).toEqual([true, false])
})
