import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'

describe('jobs that run at the same time', () => {
  test('share the slots by pools', async ({ sandbox }) => {
    const pools = sandbox.write('pools.json', JSON.stringify({ pools: [{ name: 'short', weight: 2 }] }))
    const flags = ['--conf', 'spark.scheduler.mode=FAIR', '--conf', `spark.scheduler.allocation.file=${pools}`]
    const { stdout, stderr, exitCode } = await sandbox.submit('pools', [sandbox.output('gate')], { flags })
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: 'short 3\nlong 15\n', exitCode: 0 })
  })

  test.for([
    [[{ name: 'short', weight: 0 }], 'pools.0.weight'],
    [[{ name: 'short' }, { name: 'long' }, { name: 'short', weight: 2 }], 'pools.2.name: pools.0 is named short already'],
  ] as const)('cannot be given pools by a file that is none: %j', async ([described, told], { sandbox }) => {
    const pools = sandbox.write('pools.json', JSON.stringify({ pools: described }))
    const { stdout, stderr, exitCode } = await sandbox.submit('pools', [], { flags: ['--conf', `spark.scheduler.allocation.file=${pools}`] })
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toContain(told)
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

describe('a task that is slow', () => {
  test('is overtaken by a second attempt on another executor, and counts once', async ({ sandbox }) => {
    const output = sandbox.output('out')
    const flags = ['--conf', 'spark.speculation=true', '--num-executors', '2']
    const { stdout, stderr, exitCode } = await sandbox.submit('slowTask', [output], { master: 'local-cluster[2,1,1024]', flags })
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: 'sum 45, seen 10\n', exitCode: 0 })
    const [, ...places] = /partition 3 is slow on executor (\d) \(.*\): tried on executor (\d) too/.exec(stderr) ?? []
    expect(places.toSorted()).toEqual(['0', '1'])
    expect(stderr).toMatch(/10 tasks.*, 1 second attempt beside slow ones/)
    const parts = readdirSync(output)
      .filter((name) => name.startsWith('part-'))
      .toSorted()
    expect(parts.map((name) => readFileSync(join(output, name), 'utf8')).join('')).toBe('0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n')
  })
})
