import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'

describe('signals', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    test(`${signal} cancels, lets main clean up and is exit ${code}`, async ({ sandbox }) => {
      const run = sandbox.startSubmit('waits')
      await run.line('stderr', /main waits/)
      run.signal(signal)
      const { stdout, stderr, exitCode } = await run.result()
      expect({ stdout, exitCode }).toEqual({ stdout: 'cleaned up: JobCancelledError\n', exitCode: code })
      expect(stderr).toMatch(/cancelling/)
    })

    test(`${signal} ends tasks that never look up`, async ({ sandbox }) => {
      const run = sandbox.startSubmit('spins')
      await run.line('stderr', /a task spins[\s\S]*a task spins/)
      run.signal(signal)
      expect((await run.result()).exitCode).toBe(code)
    })
  }

  test('a second SIGINT ends a main that never looks up', async ({ sandbox }) => {
    const run = sandbox.startSubmit('spins', ['main'])
    await run.line('stderr', /main spins/)
    run.signal('SIGINT')
    await run.line('stderr', /cancelling/)
    run.signal('SIGINT')
    expect((await run.result()).exitCode).toBe(130)
  })

  test('one SIGINT is enough for a main that never looks up, only later', async ({ sandbox }) => {
    const run = sandbox.startSubmit('spins', ['main'])
    await run.line('stderr', /main spins/)
    run.signal('SIGINT')
    expect((await run.result()).exitCode).toBe(130)
  })

  test('Ctrl-C, which reaches every process of the group, is exit 130', async ({ sandbox }) => {
    const run = sandbox.startSubmit('waits', [], { ownGroup: true })
    await run.line('stderr', /main waits/)
    run.signalGroup('SIGINT')
    const { stdout, exitCode } = await run.result()
    expect({ stdout, exitCode }).toEqual({ stdout: 'cleaned up: JobCancelledError\n', exitCode: 130 })
  })

  test('SIGINT while the job is being built ends it', async ({ sandbox }) => {
    const run = sandbox.startSubmit('waits')
    await sandbox.waitForProcesses('driverMain.js')
    run.signal('SIGINT')
    expect((await run.result()).exitCode).toBe(130)
  })

  test('when submit is killed its driver and executors end', async ({ sandbox }) => {
    const run = sandbox.startSubmit('spins')
    await run.line('stderr', /a task spins/)
    run.signal('SIGKILL')
    expect((await run.result()).exitCode).toBe(137)
  })
})
