import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'
import { waitFor } from '../helpers/waitFor.js'

const CLUSTER = 'local-cluster[2,2,1024]'

function rows(partitions: number, attempt: number): unknown[] {
  return Array.from({ length: partitions }, (_, partition) => ({ partition, total: 4950, hosts: partitions, attempt }))
}

describe('a barrier stage', () => {
  test.for([['local[4]'], [CLUSTER]])('has all its tasks wait for each other on %s', async ([master], { sandbox }) => {
    const { stdout, stderr } = await sandbox.submit('barrier', ['well', '4'], { master })
    expect(stdout, stderr).toBe(`${JSON.stringify(rows(4, 0))} 4\n`)
  })

  test('runs all tasks again when one throws, and counts none of them twice', async ({ sandbox }) => {
    const { stdout, stderr } = await sandbox.submit('barrier', ['throws', '4'], { master: 'local[4,2]' })
    expect(stdout, stderr).toBe(`${JSON.stringify(rows(4, 1))} 4\n`)
    expect(stderr).toContain('only once')
  })

  test('whose executor is killed between two barriers runs again on all, with the right answer', async ({ sandbox }) => {
    const gate = sandbox.output('gate')
    const tasks = sandbox.output('gate.tasks')
    const run = sandbox.startSubmit('barrier', ['waits', '4', gate], { master: CLUSTER })
    await waitFor(() => read(tasks) === '....', { what: 'four tasks behind the first barrier' })
    process.kill((await sandbox.waitForProcesses('executorMain', 2))[0]!, 'SIGKILL')
    await run.line('stderr', /was killed by SIGKILL/)
    const { stdout, stderr } = await run.result()
    expect(stdout, stderr).toBe(`${JSON.stringify(rows(4, 1))} 4\n`)
  })

  test('saves its output once', async ({ sandbox }) => {
    const output = sandbox.output('out')
    expect(await sandbox.submit('barrier', ['saves', '2', output])).toMatchObject({ exitCode: 0 })
    const parts = readdirSync(output).filter((name) => name.startsWith('part-'))
    expect(parts.map((name) => JSON.parse(readFileSync(join(output, name), 'utf8')))).toEqual(rows(2, 0))
  })

  test('feeds a shuffle, and finds its slots beside other jobs', async ({ sandbox }) => {
    expect((await sandbox.submit('barrier', ['shuffles', '4'], { master: 'local[4]' })).stdout).toBe('[[0,9900],[1,9900]]\n')
    expect((await sandbox.submit('barrier', ['behind others', '4'], { master: 'local[4]' })).stdout).toBe('[4950,4950,4950,4950]\n')
  })

  test.for([
    ['ends', /partition 0 ended after 1 of these calls, while the tasks? of partitions? \d.* waits? in call 2/],
    ['mixes', /in call 2 the task of partition \d calls (barrier|allGather)\(\), the task of partition \d (barrier|allGather)\(\)/],
  ] as const)('fails at the line of the call when a task %s instead of waiting', async ([how, message], { sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('barrier', [how, '3'], { master: 'local[4]' })
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(message) })
    expect(stderr).toMatch(/barrier\.ts:\d+:\d+\n/)
    expect(stderr).toContain('[TSPARK_BARRIER]')
  })

  test('with more tasks than slots fails with exit 5, at once where no more can come and after a while on a cluster', async ({ sandbox }) => {
    const local = await sandbox.submit('barrier', ['well', '5'], { master: 'local[4]' })
    expect(local).toMatchObject({ exitCode: 5, stderr: expect.stringMatching(/has 5 tasks that run together, but this application has at most 4 slots/) })
    const dynamic = await sandbox.submit('barrier', ['well', '2'], { flags: ['-c', 'spark.dynamicAllocation.enabled=true'] })
    expect(dynamic).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/which dynamic allocation does not promise/) })
    const { url } = await sandbox.startMaster()
    await sandbox.startWorker(url)
    const flags = ['-c', 'spark.scheduler.barrier.maxConcurrentTasksCheck.interval=2s', '-c', 'spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures=1']
    const cluster = await sandbox.submit('barrier', ['well', '5'], { master: url, flags })
    expect(cluster.exitCode).toBe(5)
    expect(cluster.stderr).toMatch(/waiting: barrier stage 0 .* has 5 tasks that run together and waits for executors: it has 2 slots/)
    expect(cluster.stderr).toMatch(/within 2 s it had 2 slots/)
  })

  test('refuses chains in which not every step has as many partitions as the stage has tasks', async ({ sandbox }) => {
    const { stdout } = await sandbox.submit('barrierChains', [], { master: 'local[4]' })
    const lines = stdout.trimEnd().split('\n')
    const refused = lines.filter((line) => line.includes('TSPARK_BARRIER')).map((line) => line.split(':')[0])
    expect(refused).toEqual(['union', 'coalesce', 'coalesce before', 'cartesian', 'take', 'first', 'isEmpty', 'zip of two', 'in a map stage'])
    expect(lines.slice(refused.length)).toEqual([
      'zip with another: 20',
      'first of one partition: 0',
      'behind a shuffle: some',
      'after coalesce and shuffle: 210',
    ])
  })
})

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
