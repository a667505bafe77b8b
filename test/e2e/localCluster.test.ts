import { availableParallelism } from 'node:os'
import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'

describe('local-cluster', () => {
  test('runs on its workers and spreads tasks over their executors', async ({ sandbox }) => {
    const { stdout, exitCode } = await sandbox.submit('executors', ['2'], { master: 'local-cluster[2,1,512]', flags: ['--num-executors', '2'] })
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ executors: 2, used: 2, counts: [1, 1] })
  })

  test('several executors share a worker', async ({ sandbox }) => {
    const flags = ['--executor-cores', '1', '--executor-memory', '400m', '--num-executors', '2']
    const { stdout } = await sandbox.submit('executors', ['2'], { master: 'local-cluster[1,2,1024]', flags })
    expect(JSON.parse(stdout)).toEqual({ executors: 2, used: 2, counts: [1, 1] })
  })

  test('shuffles between workers', async ({ sandbox }) => {
    expect((await sandbox.submit('shared', [], { master: 'local-cluster[2,1,512]' })).stdout).toContain('"even":5,"odd":5,"counted":5')
  })

  test('more memory than a worker has is told, and given up after --queue-timeout with exit 5', async ({ sandbox }) => {
    const flags = ['--executor-memory', '2g', '--queue-timeout', '4s']
    const { stderr, exitCode } = await sandbox.submit('hello', [], { master: 'local-cluster[1,1,512]', flags })
    expect(exitCode).toBe(5)
    expect(stderr).toMatch(/waiting: .*memory/i)
    expect(stderr).toContain('TSPARK_QUEUE_TIMEOUT')
  })

  test('slots optimise their code themselves where they have every core, and leave it to one that no slot has', async ({ sandbox }) => {
    const cores = availableParallelism()
    const flagsWith = async (slots: number) => JSON.parse((await sandbox.submit('runtimeFlags', [], { master: `local[${slots}]` })).stdout)
    expect(await flagsWith(cores)).toEqual(['--no-concurrent-recompilation'])
    if (cores > 1) expect(await flagsWith(cores - 1)).toEqual([])
  })
})
