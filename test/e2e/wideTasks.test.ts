import { mkdirSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'

describe('tasks of several cores', () => {
  test('take them all: on two cores two of two never run at once', async ({ sandbox }) => {
    const folder = sandbox.output('running')
    mkdirSync(folder)
    const own = await sandbox.submit('wideTasks', ['profile', folder], { master: 'local[2]' })
    expect(own.stdout, own.stderr).toBe('{"cpus":[2],"most":1}\nMap(1) { \'cpus\' => 2 } undefined\n')
    const all = await sandbox.submit('wideTasks', ['setting', folder], { master: 'local-cluster[2,2,512]', flags: ['-c', 'spark.task.cpus=2'] })
    const { cpus, most } = JSON.parse(all.stdout)
    expect(cpus).toEqual([2])
    expect(most).toBeLessThanOrEqual(2)
  })

  test('are those of one stage, up to its shuffle', async ({ sandbox }) => {
    const folder = sandbox.output('running')
    mkdirSync(folder)
    const { stdout, stderr } = await sandbox.submit('wideTasks', ['shuffle', folder], { master: 'local[2]' })
    expect(stdout, stderr).toBe("[ [ 'map 2', 8, 1 ] ]\n")
  })

  test('that cannot be had are refused, with the line', async ({ sandbox }) => {
    const runs = await Promise.all(['too many', 'executors', 'both'].map((how) => sandbox.submit('wideTasks', [how], { master: 'local[2]' })))
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1])
    for (const { stderr } of runs) expect(stderr).toMatch(/\[TSPARK_RESOURCES\]\n {2}at \S+wideTasks\.ts:\d+:\d+\n/)
    expect(runs[0]!.stderr).toMatch(/take 3 cores each, but no executor has more than 2/)
    expect(runs[1]!.stderr).toMatch(/asks for executors with their own 'cores'/)
    expect(runs[2]!.stderr).toMatch(/different resource profiles: map at wideTasks\.ts:\d+ asks for 1 core a task, range at wideTasks\.ts:\d+ asks for 2/)
    const [merged, usage] = await Promise.all([
      sandbox.submit('wideTasks', ['both'], { master: 'local[2]', flags: ['-c', 'spark.scheduler.resource.profileMergeConflicts=true'] }),
      sandbox.submit('wideTasks', [], { master: 'local[2]', flags: ['-c', 'spark.task.cpus=3'] }),
    ])
    expect(merged.stdout, merged.stderr).toBe('[ 2, 2, 2, 2 ]\n')
    expect(usage).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('spark.task.cpus=3: no executor has more than 2 cores') })
  })
})
