import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Command } from '../helpers/command.js'
import { test } from '../helpers/e2e.js'
import type { Sandbox } from '../helpers/sandbox.js'
import { waitFor } from '../helpers/waitFor.js'

const ANSWER = { stdout: 'keys 100\nsum 799980000\n', exitCode: 0 }

/** A job that has computed a shuffle and waits; `goOn` lets it use the shuffle again and gives its end. */
async function halfWay(sandbox: Sandbox, master: string, flags: readonly string[] = []) {
  const gate = sandbox.output('gate')
  const run = sandbox.startSubmit('twoSteps', [gate], { master, flags })
  await run.line('stdout', /^keys 100\n/)
  const goOn = async () => {
    sandbox.write('gate', '')
    const { stdout, stderr, exitCode } = await run.result()
    return { stdout, stderr, exitCode }
  }
  return { run, goOn }
}

function shuffleFiles(sandbox: Sandbox): string[] {
  const files = readdirSync(sandbox.tmp, { recursive: true, encoding: 'utf8' }).filter((path) => /shuffle\/\d+\/[\d-]+\.data$/.test(path))
  expect(files.length).toBeGreaterThan(0)
  return files.map((path) => join(sandbox.tmp, path))
}

async function daemons(sandbox: Sandbox, workers: number): Promise<{ port: number; url: string; master: Command; workers: Command[] }> {
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address() as { port: number }
      server.close(() => resolve(free))
    })
  })
  const url = `tspark://127.0.0.1:${port}`
  const master = await restartMaster(sandbox, port)
  const started: Command[] = []
  for (let i = 0; i < workers; i++) started.push(await sandbox.startWorker(url, ['--cores', '1', '--memory', '1g']))
  return { port, url, master, workers: started }
}

async function restartMaster(sandbox: Sandbox, port: number): Promise<Command> {
  const master = sandbox.start(['start-master', '--port', String(port)])
  await master.line('stdout', /^tspark:.*\n/)
  return master
}

describe('map outputs that are damaged between two stages', () => {
  test.for([
    ['a flipped byte', /checksum/, (path: string) => flip(path)],
    ['a file cut short', /checksum/, (path: string) => truncateSync(path, 20)],
    ['a file that is gone', /no such file|ENOENT/, (path: string) => rmSync(path)],
  ] as const)('%s: only what is missing is computed again', async ([, told, damage], { sandbox }) => {
    const { goOn } = await halfWay(sandbox, 'local-cluster[2,1,1024]', ['--verbose'])
    const [first, second] = shuffleFiles(sandbox)
    damage(first!)
    damage(second!)
    const { stdout, stderr, exitCode } = await goOn()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    expect(stderr).toMatch(told)
    // eight map tasks at first, later two more and not all eight
    const maps = [...stderr.matchAll(/map at twoSteps\.ts:\d+ done in .*?: (\d+) tasks?/g)].map(([, tasks]) => Number(tasks))
    expect(maps[0]).toBe(8)
    expect(maps.slice(1).reduce((sum, tasks) => sum + tasks, 0)).toBe(2)
  })
})

describe('map outputs that are all gone between two stages', () => {
  test('are all computed again before the stage is given up', async ({ sandbox }) => {
    const { goOn } = await halfWay(sandbox, 'local-cluster[2,1,1024]')
    for (const path of shuffleFiles(sandbox)) rmSync(path)
    const { stdout, stderr, exitCode } = await goOn()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
  })
})

describe('an executor', () => {
  test.for(['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const)('that ends by %s leaves its shuffle output behind', async (signal, { sandbox }) => {
    const { run, goOn } = await halfWay(sandbox, 'local-cluster[2,1,1024]', ['--verbose'])
    for (const pid of await sandbox.waitForProcesses('executorMain', 2)) process.kill(pid, signal)
    await run.line('stderr', new RegExp(`executor \\S+ was killed by ${signal}`))
    const { stdout, stderr, exitCode } = await goOn()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    expect([...stderr.matchAll(/map at twoSteps\.ts:\d+ done/g)]).toHaveLength(1)
  })

  test.for(['on its host', 'elsewhere'])(
    'that is killed when its large results are there and the driver %s has not read them yet: the answer is right',
    async (where, { sandbox }) => {
      const { url } = await sandbox.startMaster()
      const flags = ['--cores', '2', '--memory', '1g']
      await (where === 'elsewhere' ? sandbox.startWorkerElsewhere(url, flags) : sandbox.startWorker(url, flags))
      const gate = sandbox.output('gate')
      for (const n of [0, 1, 2, 3]) sandbox.output(`gate${n}`)
      const run = sandbox.startSubmit('largeResults', [gate, '4'], { master: url })
      await run.line('stderr', /(a task waits[\s\S]*){2}/)
      const [driver] = await sandbox.waitForProcesses('driverMain')
      const [executor] = await sandbox.waitForProcesses('executorMain')
      process.kill(driver!, 'SIGSTOP')
      const results = (): string[] => readdirSync(sandbox.tmp, { recursive: true, encoding: 'utf8' }).filter((path) => /results\/\d+-\w+$/.test(path))
      for (const n of [0, 1]) {
        sandbox.write(`gate${n}`, '')
        await waitFor(() => results().length > n, { what: `result ${n}` })
      }
      process.kill(executor!, 'SIGKILL')
      await waitFor(() => !sandbox.processes('executorMain').some(({ pid }) => pid === executor))
      process.kill(driver!, 'SIGCONT')
      for (const n of [2, 3]) sandbox.write(`gate${n}`, '')
      const { stdout, stderr, exitCode } = await run.result()
      expect({ stdout, exitCode }, stderr).toEqual({ stdout: `${[0, 1, 2, 3].map((n) => `2000000 of ${n}`).join('; ')}\n`, exitCode: 0 })
      expect(stderr).toMatch(/was killed by SIGKILL/)
    },
  )

  test('that stands still is given up and replaced', async ({ sandbox }) => {
    const { url } = await sandbox.startMaster()
    const worker = await sandbox.startWorker(url, ['--cores', '1', '--memory', '1g', '--executor-timeout', '5s'])
    expect(worker.stderr).toContain('an executor after 5 s')
    const { run, goOn } = await halfWay(sandbox, url, ['--verbose'])
    const [pid] = await sandbox.waitForProcesses('executorMain')
    process.kill(pid!, 'SIGSTOP')
    await run.line('stderr', /executor \S+ was lost \(no heartbeat for 5 s\)/)
    const { stdout, stderr, exitCode } = await goOn()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    expect([...stderr.matchAll(/map at twoSteps\.ts:\d+ done/g)]).toHaveLength(1)
  })

  test('whose task takes all memory runs the task again', async ({ sandbox }) => {
    const { stdout, stderr, exitCode } = await sandbox.submit('eatsMemory', [], { master: 'local-cluster[1,2,400]' })
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: '0 1 2 3\n', exitCode: 0 })
    expect(stderr).toMatch(/out of memory|heap/i)
  })
})

describe('a worker', () => {
  test('that is killed takes its map outputs with it: they are computed again on the other', async ({ sandbox }) => {
    const { url, workers } = await daemons(sandbox, 2)
    const { run, goOn } = await halfWay(sandbox, url, ['--num-executors', '2'])
    workers[0]!.signal('SIGKILL')
    await run.line('stderr', /executor \S+ was lost/)
    const { stdout, stderr, exitCode } = await goOn()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    // what the killed one left is removed by the next start
    const next = await sandbox.startWorker(url)
    next.signal('SIGTERM')
    await next.result()
  })

  test.for(['SIGTERM', 'SIGPWR'] as const)('that is stopped by %s hands its map outputs to the others: none is computed again', async (signal, { sandbox }) => {
    const { url, workers } = await daemons(sandbox, 3)
    const { run, goOn } = await halfWay(sandbox, url, ['--num-executors', '3', '--verbose'])
    workers[0]!.signal(signal)
    expect((await workers[0]!.result()).exitCode).toBe(0)
    await run.line('stderr', /worker \S+: [1-9]\d* map outputs? moved to others, 0 could not be/)
    const { stdout, stderr, exitCode } = await goOn()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    expect([...stderr.matchAll(/map at twoSteps\.ts:\d+ done/g)]).toHaveLength(1)
  })

  test.for(['MEMORY_ONLY', 'MEMORY_AND_DISK_SER', 'DISK_ONLY'])(
    'that is stopped hands its cached partitions (%s) to the others: none is computed again',
    async (level, { sandbox }) => {
      const { url, workers } = await daemons(sandbox, 3)
      const run = sandbox.startSubmit('replicated', [level, sandbox.output('gate')], { master: url, flags: ['--num-executors', '3', '--verbose'] })
      await run.line('stdout', /^read .*\n/m)
      workers[0]!.signal('SIGTERM')
      expect((await workers[0]!.result()).exitCode).toBe(0)
      const [, held, elsewhere] = await run.line('stderr', /it has (\d+) cached partitions?, others have (\d+) of them/)
      expect(Number(held)).toBeGreaterThan(0)
      expect(elsewhere).toBe(held)
      sandbox.write('gate', '')
      const { stdout, stderr, exitCode } = await run.result()
      expect({ stdout, exitCode }, stderr).toEqual({ stdout: 'cached 8000 8\nread 31996000 8\nagain 31996000 8\n', exitCode: 0 })
    },
  )

  test('that is stopped and is the only one takes its map outputs with it', async ({ sandbox }) => {
    const { url, workers } = await daemons(sandbox, 1)
    const { run, goOn } = await halfWay(sandbox, url, ['--verbose'])
    workers[0]!.signal('SIGTERM')
    expect((await workers[0]!.result()).exitCode).toBe(0)
    await run.line('stderr', /0 map outputs? moved to others, 8 could not be/)
    await sandbox.startWorker(url, ['--cores', '1', '--memory', '1g'])
    const { stdout, stderr, exitCode } = await goOn()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    expect([...stderr.matchAll(/map at twoSteps\.ts:\d+ done/g)]).toHaveLength(2)
  })

  test('that stands still for too long is given up, and is one of the cluster again when it goes on', async ({ sandbox }) => {
    const { url, master, workers } = await daemons(sandbox, 2)
    const { run, goOn } = await halfWay(sandbox, url, ['--num-executors', '2'])
    workers[0]!.signal('SIGSTOP')
    await master.line('stderr', /no heartbeat for 15 s/)
    await run.line('stderr', /executor \S+ was lost/)
    const { stdout, stderr, exitCode } = await goOn()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    const heard = master.stderr.length
    workers[0]!.signal('SIGCONT')
    await waitFor(() => /worker-\S+ .*registered/.test(master.stderr.slice(heard)), { what: `the worker to come back:\n${master.stderr}` })
    // both are used again, and what it held for the old application is gone
    const again = await sandbox.submit('hello', [], { master: url, flags: ['--num-executors', '2'] })
    expect(again.exitCode, again.stderr).toBe(0)
    expect(again.stderr).not.toMatch(/only 1 of 2/)
  })
})

describe('a master', () => {
  test('that is killed does not end a running application; started again it knows all, and a run submitted meanwhile waits for it', async ({ sandbox }) => {
    const { url, port, master } = await daemons(sandbox, 1)
    const { goOn } = await halfWay(sandbox, url)
    master.signal('SIGKILL')
    await master.result()
    const waiting = sandbox.startSubmit('hello', [], { master: url })
    await sandbox.waitForProcesses('driverMain', 2)
    const again = await restartMaster(sandbox, port)
    await again.line('stderr', /recovered 1 application and 1 worker/)
    const { stdout, stderr, exitCode } = await goOn()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    const late = await waiting.result()
    expect(late.exitCode, late.stderr).toBe(0)
  })
})

describe('an application', () => {
  test('that ends while its master is away leaves its cores at once when the master is back', async ({ sandbox }) => {
    const { url, port, master } = await daemons(sandbox, 1)
    const { goOn } = await halfWay(sandbox, url)
    master.signal('SIGKILL')
    await master.result()
    const { stdout, stderr, exitCode } = await goOn()
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    const again = await restartMaster(sandbox, port)
    await again.line('stderr', /'twoSteps' ended: its driver has ended/)
    await again.line('stderr', /recovery is over/)
    expect((await sandbox.submit('hello', [], { master: url })).exitCode).toBe(0)
    expect(again.stderr).not.toContain('did not come back')
  })
})

describe('a driver', () => {
  test('that is killed loses its executors and files, and the cluster is usable at once', async ({ sandbox }) => {
    const { url } = await daemons(sandbox, 1)
    const { run } = await halfWay(sandbox, url)
    const [driver] = await sandbox.waitForProcesses('driverMain')
    const executors = await sandbox.waitForProcesses('executorMain')
    process.kill(driver!, 'SIGKILL')
    expect((await run.result()).exitCode).not.toBe(0)
    await waitFor(() => !sandbox.processes('executorMain').some(({ pid }) => executors.includes(pid)), { withinMs: 30_000, what: 'its executors to end' })
    const next = await sandbox.submit('hello', [], { master: url })
    expect(next.exitCode, next.stderr).toBe(0)
  })
})

function flip(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(path, bytes)
}
