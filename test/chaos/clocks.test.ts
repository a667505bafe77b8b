import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { Clock } from '../helpers/clock.js'
import { test } from '../helpers/e2e.js'
import { freePort } from '../helpers/freePort.js'
import { waitFor } from '../helpers/waitFor.js'

describe('clocks that jump by hours under a job', () => {
  test('have nobody given up, no lease taken over, and a state that the next master reads', async ({ sandbox }) => {
    const [a, b] = [await freePort(), await freePort()]
    const both = `tspark://127.0.0.1:${a},127.0.0.1:${b}`
    const recovery = join(sandbox.root, 'recovery')
    const clocks = {
      master: new Clock(sandbox, 'master'),
      standby: new Clock(sandbox, 'standby'),
      worker: new Clock(sandbox, 'worker'),
      driver: new Clock(sandbox, 'driver'),
    }
    const startMaster = (port: number, { env }: Clock) =>
      sandbox.start(['start-master', '--port', String(port), '--recovery-dir', recovery, '--standby', '--worker-timeout', '3s', '--driver-timeout', '3s'], {
        env,
      })
    const master = startMaster(a, clocks.master)
    await master.line('stdout', /^tspark:.*\n/)
    const standby = startMaster(b, clocks.standby)
    await standby.line('stdout', /stands by/)
    const worker = sandbox.start(['start-worker', both, '--cores', '2', '--memory', '1g', '--executor-timeout', '3s', '--orphan-timeout', '3s'], clocks.worker)
    await worker.line('stdout', /joined .*\n/)
    const gate = sandbox.output('gate')
    const run = sandbox.startSubmit('clocks', [gate], {
      master: both,
      flags: ['--verbose', '--task-timeout', '10m', '--timeout', '10m'],
      env: clocks.driver.env,
    })
    await run.line('stderr', /(a task waits[\s\S]*){2}/)
    const executors = await sandbox.waitForProcesses('executorMain')

    const beat = (): number => JSON.parse(readFileSync(join(recovery, 'master.lease'), 'utf8')).beat
    for (const clock of Object.values(clocks)) clock.goWild()
    // one a second: each timeout would have been noticed
    const before = beat()
    await waitFor(() => beat() >= before + 6, { withinMs: 20_000, what: 'the lease to be renewed' })
    clocks.master.jump(1)
    clocks.driver.jump(-1)
    clocks.standby.jump(-1)
    clocks.worker.jump(1)
    expect(standby.stdout).not.toMatch(new RegExp(`^tspark://127.0.0.1:${b}\n`, 'm'))
    expect(await sandbox.waitForProcesses('executorMain')).toEqual(executors)
    const hoursInLog = (text: string): number[] => [
      ...new Set([...text.matchAll(/^(\S+T\S+Z) /gm)].map(([, time]) => Math.round((Date.parse(time!) - Date.now()) / 3_600_000))),
    ]

    master.signal('SIGKILL')
    await standby.line('stderr', /recovered 1 application and 1 worker/)
    await standby.line('stderr', /'clocks' registered/)
    sandbox.write('gate', '')
    const { stdout, stderr, exitCode } = await run.result()
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: '[[0,2,1],[1,4,1]] -1\n', exitCode: 0 })
    expect(stderr).not.toMatch(/was lost|timed? ?out|no heartbeat/)
    expect(worker.stderr + master.stderr).not.toMatch(/no heartbeat for|is lost|gone/)
    expect(hoursInLog(standby.stderr)).toEqual([-1])
  })
})
