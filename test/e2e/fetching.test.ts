import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'

describe('map outputs of another host', () => {
  test('give the same answer however few bytes of them may be in memory', async ({ sandbox }) => {
    const master = await sandbox.startMaster()
    await sandbox.startWorker(master.url, ['--cores', '1', '--memory', '1g'])
    await sandbox.startWorkerElsewhere(master.url, ['--cores', '1', '--memory', '1g'])
    for (const size of ['1k', '100k', '48m']) {
      const flags = ['--num-executors', '2', '-c', `spark.reducer.maxSizeInFlight=${size}`, '-c', 'spark.shuffle.compress=false']
      const { stdout, stderr } = await sandbox.submit('shufflesMegabytes', [], { master: master.url, flags })
      expect(stdout, stderr).toBe('keys 1000 texts 40000\n')
    }
  })
})
