import { describe, expect } from 'vitest'
import { test as base } from '../helpers/e2e.js'
import { listeningPorts } from '../helpers/processes.js'
import type { Sandbox } from '../helpers/sandbox.js'
import { TcpProxy } from '../helpers/tcpProxy.js'
import { waitFor } from '../helpers/waitFor.js'

const ANSWER = { stdout: 'keys 100\nsum 799980000\n', exitCode: 0 }

/** Proxies that end with the test. */
const test = base.extend<{ proxyTo: (port: number, at?: { host: string; port: number }) => Promise<TcpProxy> }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants a pattern
  proxyTo: async ({}, use) => {
    const proxies: TcpProxy[] = []
    await use(async (port, at) => {
      const proxy = await TcpProxy.start(port, at)
      proxies.push(proxy)
      return proxy
    })
    for (const proxy of proxies) await proxy.stop()
  },
})

type Fixtures = { sandbox: Sandbox; proxyTo: (port: number, at?: { host: string; port: number }) => Promise<TcpProxy> }

/** A worker that others reach through a proxy only: the proxy has its port on another address of this machine. */
async function workerBehindProxy({ sandbox, proxyTo }: Fixtures, masterUrl: string, flags: readonly string[] = []): Promise<TcpProxy> {
  const host = '127.0.0.2'
  const worker = await sandbox.startWorker(masterUrl, ['--cores', '1', '--memory', '1g', '--public-host', host, ...flags])
  const [port] = listeningPorts(worker.pid)
  return await proxyTo(port!, { host, port: port! })
}

describe('a network between driver and worker', () => {
  test('that is cut for a moment, again and again, costs nothing: the tasks go on and their ends arrive once', async ({ sandbox, proxyTo }) => {
    const master = await sandbox.startMaster()
    const proxy = await workerBehindProxy({ sandbox, proxyTo }, master.url)
    const gate = sandbox.output('gate')
    const run = sandbox.startSubmit('blocks', [gate, '4'], { master: master.url })
    await run.line('stderr', /a task waits/)
    for (let cuts = 0; cuts < 3; cuts++) {
      proxy.cut()
      proxy.mend()
      await waitFor(() => proxy.connections > 0, { what: 'the driver to come back' })
    }
    // the answer of a task that ends while nobody is connected
    proxy.cut()
    sandbox.write('gate', '')
    proxy.mend()
    const { stdout, stderr, exitCode } = await run.result()
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: '[[0,9],[1,12],[2,7]]\n', exitCode: 0 })
    expect(stderr).not.toMatch(/lost|attempt/)
    // once for each key: no message was applied twice
    expect(stderr.match(/a task waits/g)).toHaveLength(3)
  })

  test('that stays cut makes the worker lost after a while: its tasks run on the other', async ({ sandbox, proxyTo }) => {
    const master = await sandbox.startMaster()
    const proxy = await workerBehindProxy({ sandbox, proxyTo }, master.url)
    await sandbox.startWorker(master.url, ['--cores', '1', '--memory', '1g'])
    const gate = sandbox.output('gate')
    const run = sandbox.startSubmit('twoSteps', [gate], { master: master.url, flags: ['--num-executors', '2'] })
    await run.line('stdout', /^keys 100\n/)
    proxy.cut()
    await run.line('stderr', /executor \S+ was lost/)
    sandbox.write('gate', '')
    const { stdout, stderr, exitCode } = await run.result()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
  })

  test('that loses every tenth piece, or is two seconds slow, changes no answer', async ({ sandbox, proxyTo }) => {
    const master = await sandbox.startMaster()
    const proxy = await workerBehindProxy({ sandbox, proxyTo }, master.url)
    proxy.lose(10)
    const lossy = await sandbox.submit('shufflesMegabytes', [], { master: master.url })
    expect({ stdout: lossy.stdout, exitCode: lossy.exitCode }, lossy.stderr).toEqual({ stdout: 'keys 1000 texts 40000\n', exitCode: 0 })
    proxy.mend()
    proxy.delay(2000)
    const slow = await sandbox.submit('hello', [], { master: master.url })
    expect({ stdout: slow.stdout, exitCode: slow.exitCode }, slow.stderr).toEqual({ stdout: 'sum 4950\n\tgrüße\nno newline', exitCode: 0 })
  })
})

describe('a network', () => {
  test('that is cut for a moment between worker and master costs nothing: both go on as the same', async ({ sandbox, proxyTo }) => {
    const master = await sandbox.startMaster()
    const proxy = await proxyTo(master.port)
    const worker = await sandbox.startWorker(`tspark://127.0.0.1:${proxy.port}`)
    const gate = sandbox.output('gate')
    const run = sandbox.startSubmit('twoSteps', [gate], { master: master.url })
    await run.line('stdout', /^keys 100\n/)
    proxy.cut()
    proxy.mend()
    await waitFor(() => proxy.connections > 0, { what: 'the worker to come back' })
    sandbox.write('gate', '')
    const { stdout, stderr, exitCode } = await run.result()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    expect(stderr).not.toMatch(/lost/)
    worker.signal('SIGTERM')
    await worker.result()
  })

  test('that is cut between driver and master costs nothing either', async ({ sandbox, proxyTo }) => {
    const master = await sandbox.startMaster()
    const proxy = await proxyTo(master.port)
    await sandbox.startWorker(master.url)
    const gate = sandbox.output('gate')
    const run = sandbox.startSubmit('twoSteps', [gate], { master: `tspark://127.0.0.1:${proxy.port}` })
    await run.line('stdout', /^keys 100\n/)
    proxy.cut()
    proxy.mend()
    await waitFor(() => proxy.connections > 0, { what: 'the driver to come back' })
    sandbox.write('gate', '')
    const { stdout, stderr, exitCode } = await run.result()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    expect((await sandbox.submit('hello', [], { master: master.url })).exitCode).toBe(0)
  })

  test('that delays everything by two seconds makes it slow and nothing else', async ({ sandbox, proxyTo }) => {
    const master = await sandbox.startMaster()
    const proxy = await proxyTo(master.port)
    proxy.delay(2000)
    await sandbox.startWorker(`tspark://127.0.0.1:${proxy.port}`)
    const { stdout, stderr, exitCode } = await sandbox.submit('hello', [], { master: `tspark://127.0.0.1:${proxy.port}` })
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: 'sum 4950\n\tgrüße\nno newline', exitCode: 0 })
  })

  test('that is silent without an end is noticed: the worker is given up, and joins again when it is heard', async ({ sandbox, proxyTo }) => {
    const master = await sandbox.startMaster()
    const proxy = await proxyTo(master.port)
    await sandbox.startWorker(`tspark://127.0.0.1:${proxy.port}`)
    await sandbox.startWorker(master.url)
    const gate = sandbox.output('gate')
    const run = sandbox.startSubmit('twoSteps', [gate], { master: master.url, flags: ['--num-executors', '2'] })
    await run.line('stdout', /^keys 100\n/)
    proxy.silence()
    await master.command.line('stderr', /no heartbeat for 15 s/)
    sandbox.write('gate', '')
    const { stdout, stderr, exitCode } = await run.result()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    const heard = master.command.stderr.length
    proxy.mend()
    await waitFor(() => /registered/.test(master.command.stderr.slice(heard)), { withinMs: 40_000, what: `the worker to come back:\n${master.command.stderr}` })
  })
})
