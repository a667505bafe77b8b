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

  test('dynamic allocation: one grows with its backlog, gives all back when it idles, and the next gets it', async ({ sandbox }) => {
    const master = await sandbox.startMaster()
    await sandbox.startWorker(master.url, WORKER)
    for (const name of ['gate', 'task-0', 'task-1', 'task-2', 'task-3']) sandbox.output(name)
    const settings = ['enabled=true', 'schedulerBacklogTimeout=100ms', 'executorIdleTimeout=500ms']
    const first = sandbox.startSubmit('growing', [sandbox.work], {
      master: master.url,
      flags: ['--executor-cores', '1', '--verbose', ...settings.flatMap((setting) => ['-c', `spark.dynamicAllocation.${setting}`])],
    })
    await first.line('stdout', /^keys 2\n/)
    // needs all four cores
    const second = await sandbox.submit('hello', [], { master: master.url, flags: ['--executor-cores', '4'] })
    expect(second.exitCode, second.stderr).toBe(0)
    sandbox.write('gate', '')
    const { exitCode, stdout, stderr } = await first.result()
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: 'keys 2\nsum 6\n' })
    // the executors went, their shuffle output stayed
    expect([...stderr.matchAll(/executor \d is given back/g)].length).toBeGreaterThanOrEqual(4)
    expect([...stderr.matchAll(/mapPartitions at growing\.ts:\d+ done/g)]).toHaveLength(1)
  })

  test('main asks for executors and ends them', async ({ sandbox }) => {
    const { exitCode, stdout, stderr } = await sandbox.submit('executorRequests', [], {
      master: 'local-cluster[2,2,1024]',
      flags: ['--executor-cores', '1', '--executor-memory', '400m', '--num-executors', '1'],
    })
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: 'one, three, two\nended 1, unknown false\n' })
  })

  test.for(['local[2]', 'local-cluster[1,2,1024]'])('that has ended all of them on %s is told what its next action waits for', async (master, { sandbox }) => {
    const { exitCode, stdout, stderr } = await sandbox.submit('endsAllExecutors', [], { master })
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: 'sum 45\n' })
    expect(stderr).toMatch(/warning: sum at endsAllExecutors\.ts:8 waits: main has ended all executors, or wants none; sc\.requestExecutors\(1\) asks for one/)
  })
})
