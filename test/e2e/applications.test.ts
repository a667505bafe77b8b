import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'

const WORKER = ['--cores', '4', '--memory', '4g']

describe('several applications on one cluster', () => {
  test('FIFO: the second waits, is told behind whom, and runs when the first has ended', async ({ sandbox }) => {
    const master = await sandbox.startMaster()
    await sandbox.startWorker(master.url, WORKER)
    const gate = sandbox.output('gate')
    const first = sandbox.startSubmit('blocks', [gate], { master: master.url, flags: ['--name', 'nightly'] })
    await first.line('stderr', /a task waits/)
    const second = sandbox.startSubmit('hello', [], { master: master.url })
    await second.line('stderr', /waiting: for 1 free core: .* has 0 of 4 free, behind 'nightly' \(app-\S+, 4 cores\)/)
    sandbox.write('gate', '')
    expect((await first.result()).exitCode).toBe(0)
    expect((await second.result()).exitCode).toBe(0)
  })

  test('FIFO: a cap on cores leaves room for the next', async ({ sandbox }) => {
    const master = await sandbox.startMaster()
    await sandbox.startWorker(master.url, WORKER)
    const gate = sandbox.output('gate')
    const first = sandbox.startSubmit('blocks', [gate], { master: master.url, flags: ['--total-executor-cores', '2'] })
    await first.line('stderr', /a task waits/)
    expect((await sandbox.submit('hello', [], { master: master.url })).exitCode).toBe(0)
    sandbox.write('gate', '')
    expect((await first.result()).exitCode).toBe(0)
  })

  test('fair: the second runs beside the first, which loses no result and fails no task', async ({ sandbox }) => {
    const master = await sandbox.startMaster(['--scheduling', 'fair'])
    await sandbox.startWorker(master.url, WORKER)
    const gate = sandbox.output('gate')
    const first = sandbox.startSubmit('blocks', [gate], { master: master.url })
    await first.line('stderr', /a task waits/)
    const second = await sandbox.submit('hello', [], { master: master.url })
    expect(second.exitCode, second.stderr).toBe(0)
    sandbox.write('gate', '')
    const { exitCode, stdout, stderr } = await first.result()
    expect(exitCode, stderr).toBe(0)
    expect(JSON.parse(stdout)).toEqual([
      [0, 3],
      [1, 1],
      [2, 2],
    ])
  })
})
