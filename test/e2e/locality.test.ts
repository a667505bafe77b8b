import { expect } from 'vitest'
import { test } from '../helpers/e2e.js'

interface Output {
  type: string
  text: string
  executorId: string
  partition?: number
}

test('reduce tasks of an application on two hosts run where their input lies', async ({ sandbox }) => {
  const master = await sandbox.startMaster()
  await sandbox.startWorker(master.url, ['--cores', '1', '--memory', '1g'])
  await sandbox.startWorkerElsewhere(master.url, ['--cores', '1', '--memory', '1g'])
  const { stdout, exitCode } = await sandbox.submit('crossed', [], { master: master.url, flags: ['--json', '--num-executors', '2'] })
  expect(exitCode).toBe(0)
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Output)
  const told = new Map(events.filter(({ type }) => type === 'task.output').map(({ text, ...where }) => [text.trim(), where]))
  const places = [0, 1].map((writer) => [told.get(`${writer} wrote`), told.get(`${writer} was read`)])
  for (const [writer, [wrote, read]] of places.entries()) {
    expect([wrote?.partition, read?.partition]).toEqual([writer, 1 - writer])
    expect(read?.executorId).toBe(wrote?.executorId)
  }
  expect(new Set(places.map(([wrote]) => wrote?.executorId)).size).toBe(2)
})
