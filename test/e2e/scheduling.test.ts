import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'

describe('jobs that run at the same time', () => {
  test('share the slots by pools', async ({ sandbox }) => {
    const pools = sandbox.write('pools.json', JSON.stringify({ pools: [{ name: 'short', weight: 2 }] }))
    const flags = ['--conf', 'spark.scheduler.mode=FAIR', '--conf', `spark.scheduler.allocation.file=${pools}`]
    const { stdout, stderr, exitCode } = await sandbox.submit('pools', [sandbox.output('gate')], { flags })
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: 'short 3\nlong 15\n', exitCode: 0 })
  })

  test('cannot be given pools by a file that is none', async ({ sandbox }) => {
    const pools = sandbox.write('pools.json', JSON.stringify({ pools: [{ name: 'short', weight: 0 }] }))
    const { stdout, stderr, exitCode } = await sandbox.submit('pools', [], { flags: ['--conf', `spark.scheduler.allocation.file=${pools}`] })
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toContain('pools.0.weight')
  })
})

describe('an executor on which tasks keep failing', () => {
  test('gets none of them any more', async ({ sandbox }) => {
    const flags = ['--conf', 'spark.excludeOnFailure.enabled=true', '--num-executors', '2']
    const { stdout, stderr, exitCode } = await sandbox.submit('badExecutor', [sandbox.output('mark')], { master: 'local-cluster[2,1,1024]', flags })
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: 'sum 28\n', exitCode: 0 })
    expect(stderr.match(/executor \d on \S+ gets no more tasks of stage 0: they fail there/g)).toHaveLength(1)
    expect(stderr).toMatch(/executor \d on \S+ gets no tasks for/)
    // two tasks failed there, once each
    expect(stderr.match(/trying again/g)).toHaveLength(2)
  })
})
