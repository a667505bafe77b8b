import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'
import { freePort } from '../helpers/freePort.js'
import type { Sandbox } from '../helpers/sandbox.js'
import { waitFor } from '../helpers/waitFor.js'

async function twoPorts(): Promise<[number, number]> {
  return [await freePort(), await freePort()]
}

function startMaster(sandbox: Sandbox, port: number, flags: readonly string[] = []) {
  return sandbox.start(['start-master', '--port', String(port), '--recovery-dir', recoveryDir(sandbox), ...flags])
}

const recoveryDir = (sandbox: Sandbox) => join(sandbox.root, 'recovery')

describe('masters that share a recovery directory', () => {
  test('a standby takes over when the master is killed: a running job goes on, a new one finds it', async ({ sandbox }) => {
    const [a, b] = await twoPorts()
    const both = `tspark://127.0.0.1:${a},127.0.0.1:${b}`
    const first = startMaster(sandbox, a)
    await first.line('stdout', /^tspark:.*\n/)
    const second = startMaster(sandbox, b, ['--standby'])
    await second.line('stdout', new RegExp(`^tspark://127.0.0.1:${b} stands by for tspark://127.0.0.1:${a}\n`))
    await sandbox.startWorker(both)
    const gate = sandbox.output('gate')
    const run = sandbox.startSubmit('blocks', [gate], { master: both })
    await run.line('stderr', /a task waits/)
    first.signal('SIGKILL')
    await second.line('stdout', new RegExp(`^tspark://127.0.0.1:${b}\n`, 'm'))
    await second.line('stderr', /recovered 1 application and 1 worker/)
    await second.line('stderr', /worker-\S+ at .* registered/)
    await second.line('stderr', /'blocks' registered/)
    sandbox.write('gate', '')
    const { exitCode, stderr } = await run.result()
    expect(exitCode, stderr).toBe(0)
    expect((await sandbox.submit('hello', [], { master: both })).exitCode).toBe(0)
  })

  test('a master that leaves in order is replaced at once, and can stand by in its turn', async ({ sandbox }) => {
    const [a, b] = await twoPorts()
    const first = startMaster(sandbox, a, ['--standby'])
    await first.line('stdout', new RegExp(`^tspark://127.0.0.1:${a}\n`))
    const second = startMaster(sandbox, b, ['--standby'])
    await second.line('stdout', /stands by/)
    first.signal('SIGTERM')
    expect((await first.result()).exitCode).toBe(0)
    await second.line('stdout', new RegExp(`^tspark://127.0.0.1:${b}\n`, 'm'))
    const third = startMaster(sandbox, a, ['--standby'])
    await third.line('stdout', /stands by/)
    third.signal('SIGTERM')
    expect((await third.result()).exitCode).toBe(0)
  })

  test('a second master without --standby is refused, naming the first', async ({ sandbox }) => {
    const [a, b] = await twoPorts()
    await startMaster(sandbox, a).line('stdout', /^tspark:.*\n/)
    const { exitCode, stderr } = await startMaster(sandbox, b).result()
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`is in use by the master at tspark://127.0.0.1:${a}`)
    expect(stderr).toContain('--standby')
  })

  test('a master that has lost its lease ends and writes nothing more', async ({ sandbox }) => {
    const port = await freePort()
    const master = startMaster(sandbox, port)
    await master.line('stdout', /^tspark:.*\n/)
    const path = join(recoveryDir(sandbox), 'master.lease')
    const lease = { ...JSON.parse(readFileSync(path, 'utf8')), owner: 'another', url: 'tspark://other:7077' }
    // A renewal that was under way may write over the first one.
    await waitFor(() => {
      writeFileSync(path, JSON.stringify(lease))
      return master.ended
    })
    const { exitCode, stderr } = await master.result()
    expect(exitCode).toBe(1)
    expect(stderr).toContain('another master (tspark://other:7077) has taken over')
    expect(JSON.parse(readFileSync(path, 'utf8')).owner).toBe('another')
  })

  test.for([
    ['of another version', '{"version":7}', /is of version 7, this tspark reads version 1/],
    ['with a torn file', '{"version":1,"masterId":"mas', /master\.json is damaged/],
  ] as const)('a directory %s is refused', async ([, content, message], { sandbox }) => {
    mkdirSync(recoveryDir(sandbox))
    writeFileSync(join(recoveryDir(sandbox), 'master.json'), content)
    const { exitCode, stderr } = await startMaster(sandbox, await freePort()).result()
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(message)
    expect(readFileSync(join(recoveryDir(sandbox), 'master.json'), 'utf8')).toBe(content)
  })

  test('a torn lease belongs to nobody', async ({ sandbox }) => {
    mkdirSync(recoveryDir(sandbox))
    writeFileSync(join(recoveryDir(sandbox), 'master.lease'), '{"owner":')
    await startMaster(sandbox, await freePort()).line('stdout', /^tspark:.*\n/)
  })

  test('--standby without a directory, and a directory without a port, are usage errors', async ({ sandbox }) => {
    expect((await sandbox.run(['start-master', '--standby'])).exitCode).toBe(2)
    expect((await startMaster(sandbox, 0).result()).exitCode).toBe(2)
  })
})
