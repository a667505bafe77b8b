import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'
import { listeningPorts } from '../helpers/processes.js'
import { waitFor } from '../helpers/waitFor.js'

describe('running daemons', () => {
  test('a job runs on them; two submits share them; SIGTERM ends them with 0', async ({ sandbox }) => {
    const master = await sandbox.startMaster()
    const worker = await sandbox.startWorker(master.url)
    const runs = await Promise.all([
      sandbox.submit('hello', [], { master: master.url, flags: ['--executor-cores', '1'] }),
      sandbox.submit('shared', [], { master: master.url, flags: ['--executor-cores', '1'] }),
    ])
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0])
    expect(runs[0].stdout).toBe('sum 4950\n\tgrüße\nno newline')
    for (const daemon of [worker, master.command]) {
      daemon.signal('SIGTERM')
      expect((await daemon.result()).exitCode).toBe(0)
    }
    expect(master.command.stdout).toBe(`${master.url}\n`)
    expect(worker.stdout.split('\n')).toHaveLength(2)
  })

  test('an executor is a child of its worker; driver, executors and submit listen nowhere', async ({ sandbox }) => {
    const master = await sandbox.startMaster()
    const worker = await sandbox.startWorker(master.url)
    const gate = sandbox.output('gate')
    const run = sandbox.startSubmit('blocks', [gate], { master: master.url })
    await run.line('stderr', /a task waits/)
    expect(sandbox.processes('executorMain.js').map(({ parent }) => parent)).toEqual([worker.pid])
    expect(sandbox.processes('driverMain.js').map(({ parent }) => parent)).toEqual([run.pid])
    const silent = [run.pid, ...sandbox.processes('Main.js').map(({ pid }) => pid)]
    expect(silent.flatMap(listeningPorts)).toEqual([])
    expect(listeningPorts(master.command.pid)).toEqual([master.port])
    sandbox.write('gate', '')
    expect((await run.result()).exitCode).toBe(0)
    await waitFor(() => sandbox.processes('executorMain.js').length === 0)
  })

  test('the token stands in no argument, no environment and no log', async ({ sandbox }) => {
    const master = await sandbox.startMaster()
    const worker = await sandbox.startWorker(master.url)
    const file = join(sandbox.env.XDG_CONFIG_HOME!, 'tspark/token')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const token = readFileSync(file, 'utf8').trim()
    const gate = sandbox.output('gate')
    const run = sandbox.startSubmit('blocks', [gate], { master: master.url, flags: ['--verbose'] })
    await run.line('stderr', /a task waits/)
    const running = sandbox.processes()
    expect(running.length).toBeGreaterThanOrEqual(5)
    for (const { pid } of running) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).not.toContain(token)
      expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).not.toContain(token)
    }
    sandbox.write('gate', '')
    const { stdout, stderr } = await run.result()
    expect([stdout, stderr, master.command.stderr, worker.stderr].join('')).not.toContain(token)
  })

  test('what a run waits for is told: no workers, then it starts with the first one', async ({ sandbox }) => {
    const master = await sandbox.startMaster()
    const run = sandbox.startSubmit('hello', [], { master: master.url })
    await run.line('stderr', /waiting: .*worker/)
    await sandbox.startWorker(master.url)
    expect((await run.result()).exitCode).toBe(0)
  })

  test('--queue-timeout gives up with exit 5', async ({ sandbox }) => {
    const master = await sandbox.startMaster()
    const { stderr, exitCode } = await sandbox.submit('hello', [], { master: master.url, flags: ['--queue-timeout', '1s'] })
    expect(exitCode).toBe(5)
    expect(stderr).toContain('TSPARK_QUEUE_TIMEOUT')
  })

  test('a killed worker loses its executors; the application goes on with another worker', async ({ sandbox }) => {
    const master = await sandbox.startMaster()
    const first = await sandbox.startWorker(master.url)
    const gate = sandbox.output('gate')
    const run = sandbox.startSubmit('blocks', [gate, '2'], { master: master.url })
    await run.line('stderr', /a task waits/)
    first.signal('SIGKILL')
    await run.line('stderr', /waiting: /)
    const second = await sandbox.startWorker(master.url)
    sandbox.write('gate', '')
    const { stdout, exitCode } = await run.result()
    expect({ stdout, exitCode }).toEqual({ stdout: '[[0,3],[1,1],[2,2]]\n', exitCode: 0 })
    // the next start of a worker has removed what the killed one left
    second.signal('SIGTERM')
    await second.result()
  })

  test('that were killed leave pid files that the next start removes, and only these', async ({ sandbox }) => {
    const { url, port, command } = await sandbox.startMaster()
    const state = join(sandbox.env.XDG_STATE_HOME!, 'tspark')
    const killed = await sandbox.startWorker(url)
    const [folder] = readdirSync(state).filter((name) => !name.endsWith(`-${port}`))
    killed.signal('SIGKILL')
    await killed.result()
    // numbers of processes are used again; and another machine may share the folder
    const left = (name: string, pid: number, machine: string): void => {
      mkdirSync(join(state, name))
      writeFileSync(join(state, name, 'worker.pid'), `${pid}\n`)
      writeFileSync(join(state, name, 'machine'), machine)
    }
    left('127.0.0.1-1', process.pid, hostname())
    left('127.0.0.1-2', killed.pid, 'another')
    left('127.0.0.1-3', killed.pid, hostname())
    writeFileSync(join(state, '127.0.0.1-3', 'worker.log'), 'why it died')
    expect(readdirSync(state)).toContain(folder)
    const next = await sandbox.startWorker(url)
    const [, nextPort] = next.stdout.match(/^tspark:\/\/\S+:(\d+)/)!
    expect(readdirSync(state).toSorted()).toEqual([`127.0.0.1-${port}`, `127.0.0.1-${nextPort}`, '127.0.0.1-2', '127.0.0.1-3'].toSorted())
    expect(readdirSync(join(state, '127.0.0.1-3'))).toEqual(['worker.log'])
    expect(Number(readFileSync(join(state, `127.0.0.1-${port}`, 'master.pid'), 'utf8'))).toBe(command.pid)
  })

  test('--daemon returns once it is ready, leaves it running, and its pid file ends it', async ({ sandbox }) => {
    const { stdout, exitCode } = await sandbox.run(['start-master', '--port', '0', '--daemon'])
    expect(exitCode).toBe(0)
    const [, url = '', port] = /^(tspark:\/\/127\.0\.0\.1:(\d+))\n$/.exec(stdout) ?? []
    const joined = await sandbox.run(['start-worker', url, '--daemon', '--cores', '2', '--memory', '1g'])
    expect(joined).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/joined .*\n$/) })
    expect((await sandbox.submit('hello', [], { master: url })).exitCode).toBe(0)
    const [, workerPort] = /^tspark:\/\/127\.0\.0\.1:(\d+)/.exec(joined.stdout) ?? []
    for (const [kind, at] of [
      ['worker', workerPort],
      ['master', port],
    ] as const) {
      const folder = join(sandbox.env.XDG_STATE_HOME!, `tspark/127.0.0.1-${at}`)
      process.kill(Number(readFileSync(join(folder, `${kind}.pid`), 'utf8')), 'SIGTERM')
      expect(statSync(join(folder, `${kind}.log`)).mode & 0o777).toBe(0o600)
    }
    await waitFor(() => sandbox.processes().length === 0)
  })
})

describe('daemons that cannot start, and submits that may not', () => {
  test('a taken port is told by its number, exit 1', async ({ sandbox }) => {
    const master = await sandbox.startMaster()
    for (const args of [['start-master'], ['start-master', '--daemon'], ['start-worker', master.url]]) {
      const { stdout, stderr, exitCode } = await sandbox.run([...args, '--port', String(master.port)])
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
      expect(stderr).toContain(String(master.port))
      expect(stderr).toContain('TSPARK_PORT_TAKEN')
    }
  })

  test('a wrong token is exit 4 for submit and start-worker, and the master goes on', async ({ sandbox }) => {
    const master = await sandbox.startMaster()
    const wrong = sandbox.write('wrong', `${'0'.repeat(64)}\n`)
    const flags = ['--token-file', wrong]
    chmodSync(wrong, 0o600)
    for (const args of [
      ['submit', '--master', master.url, ...flags, sandbox.job('hello')],
      ['start-worker', master.url, ...flags],
    ]) {
      const { stdout, stderr, exitCode } = await sandbox.run(args)
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 4 })
      expect(stderr).toContain('TSPARK_UNAUTHORIZED')
    }
    await sandbox.startWorker(master.url)
    expect((await sandbox.submit('hello', [], { master: master.url })).exitCode).toBe(0)
  })

  test('a token file that others can read is refused with the chmod to run', async ({ sandbox }) => {
    const file = sandbox.write('open-token', `${'0'.repeat(64)}\n`)
    chmodSync(file, 0o644)
    const { stderr, exitCode } = await sandbox.submit('hello', [], { master: 'tspark://127.0.0.1:9', env: { TSPARK_TOKEN_FILE: file } })
    expect(exitCode).toBe(4)
    expect(stderr).toContain(`chmod 600 ${file}`)
  })

  test('a missing token is exit 4', async ({ sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('hello', [], { master: 'tspark://127.0.0.1:9' })
    expect(exitCode).toBe(4)
    expect(stderr).toMatch(/token/)
  })
})
