import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test as base } from '../helpers/e2e.js'
import { SmallDisk } from '../helpers/smallDisk.js'

const ANSWER = { stdout: 'keys 1000 texts 40000\n', exitCode: 0 }

/** Disks that go with the test. */
const test = base.extend<{ disk: (kib: number) => SmallDisk }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants a pattern
  disk: async ({}, use) => {
    const disks: SmallDisk[] = []
    await use((kib) => {
      const disk = SmallDisk.mount(kib)
      disks.push(disk)
      return disk
    })
    for (const disk of disks) disk.unmount()
  },
})

describe.skipIf(!SmallDisk.allowed)('a disk of --local-dirs', () => {
  test('that is full fails tasks with its path, and the others take their files', async ({ sandbox, disk }) => {
    const { path } = disk(600)
    const good = join(sandbox.root, 'good')
    mkdirSync(good)
    const { stdout, stderr, exitCode } = await sandbox.submit('shufflesMegabytes', [], { master: 'local[2,4]', flags: ['--local-dirs', `${path},${good}`] })
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    expect(stderr).toContain(`the disk is full: ${path}/`)
    expect(readdirSync(path), 'left on the full disk').toEqual([])
    expect(readdirSync(good), 'left on the other one').toEqual([])
  })

  test('that is the only one and full fails the job with its path and exit 1', async ({ sandbox, disk }) => {
    const { path } = disk(600)
    const { stdout, stderr, exitCode } = await sandbox.submit('shufflesMegabytes', [], { master: 'local[2,2]', flags: ['--local-dirs', path] })
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
    expect(stderr).toMatch(/the disk is full: .*\[TSPARK_DISK\]/)
    expect(readdirSync(path)).toEqual([])
  })

  test('that becomes read-only while a worker uses it is left, for the other executors too', async ({ sandbox, disk }) => {
    const bad = disk(100_000)
    const good = join(sandbox.root, 'good')
    mkdirSync(good)
    const master = await sandbox.startMaster()
    const worker = await sandbox.startWorker(master.url, ['--cores', '2', '--memory', '1g', '--local-dirs', `${bad.path},${good}`])
    const gate = sandbox.output('gate')
    const run = sandbox.startSubmit('twoSteps', [gate], {
      master: master.url,
      flags: ['--executor-cores', '1', '--executor-memory', '400m', '--num-executors', '2'],
    })
    await run.line('stdout', /^keys 100\n/)
    bad.makeReadOnly()
    sandbox.write('gate', '')
    const { stdout, stderr, exitCode } = await run.result()
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: 'keys 100\nsum 799980000\n', exitCode: 0 })
    const next = await sandbox.submit('shufflesMegabytes', [], { master: master.url })
    expect({ stdout: next.stdout, exitCode: next.exitCode }, next.stderr).toEqual(ANSWER)
    worker.signal('SIGTERM')
    await worker.result()
  })
})
