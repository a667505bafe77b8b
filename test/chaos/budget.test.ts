import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Command } from '../helpers/command.js'
import { test } from '../helpers/e2e.js'
import type { Sandbox } from '../helpers/sandbox.js'

const ANSWER = { stdout: 'sum 31996000\n', exitCode: 0 }

/** A folder with so many tokens: each lets one fault fire. */
function budget(sandbox: Sandbox, faults: number): string {
  const tokens = join(sandbox.root, 'tokens')
  mkdirSync(tokens)
  for (let i = 0; i < faults; i++) writeFileSync(join(tokens, String(i)), '')
  return tokens
}

async function cluster(sandbox: Sandbox, workers: number): Promise<{ url: string; workers: Command[] }> {
  const { url } = await sandbox.startMaster()
  const started: Command[] = []
  for (let i = 0; i < workers; i++) started.push(await sandbox.startWorker(url, ['--cores', '1', '--memory', '1g']))
  return { url, workers: started }
}

describe('a fault in a task', () => {
  test.for([
    ['a throw in a map task', 'throw', 'map', /a fault/],
    ['a throw in a reduce task', 'throw', 'reduce', /a fault/],
    ['process.exit in a map task', 'exit', 'map', /exit code 7/],
    ['a crash in a reduce task', 'segfault', 'reduce', /SIGSEGV/],
    ['an endless loop over --task-timeout', 'spin', 'map', /--task-timeout/],
  ] as const)('that comes once is made good: %s', async ([, fault, stage, told], { sandbox }) => {
    const tokens = budget(sandbox, 1)
    const { url } = await cluster(sandbox, 2)
    const { stdout, stderr, exitCode } = await sandbox.submit('faulty', [fault, tokens, stage], { master: url, flags: ['--task-timeout', '1500ms'] })
    expect({ stdout, exitCode }, stderr).toEqual(ANSWER)
    expect(stderr).toMatch(told)
    expect(readdirSync(tokens)).toEqual([])
  })

  test.for([
    ['throw', /partition 4, attempt 4, executor/, 96],
    ['exit', /exit code 7/, 96],
    ['segfault', /SIGSEGV/, 96],
  ] as const)(
    'that comes without end fails the job with exit 1, after four attempts; the workers live and the cluster is usable: %s',
    async ([fault, told, left], { sandbox }) => {
      const tokens = budget(sandbox, 100)
      const { url, workers } = await cluster(sandbox, 2)
      const { stdout, stderr, exitCode } = await sandbox.submit('faulty', [fault, tokens], { master: url })
      expect({ stdout, exitCode }, stderr).toEqual({ stdout: '', exitCode: 1 })
      expect(stderr).toMatch(told)
      expect(readdirSync(tokens)).toHaveLength(left)
      expect(workers.map((worker) => worker.ended)).toEqual([false, false])
      const next = await sandbox.submit('hello', [], { master: url, flags: ['--num-executors', '2'] })
      expect(next.exitCode, next.stderr).toBe(0)
      expect(next.stderr).not.toMatch(/only \d of 2/)
    },
  )
})

describe('workers', () => {
  test('one of them killed in the middle of a stage: its tasks run on the other', async ({ sandbox }) => {
    const gate = sandbox.output('gate')
    const { url, workers } = await cluster(sandbox, 2)
    const run = sandbox.startSubmit('blocks', [gate, '4'], { master: url, flags: ['--num-executors', '2'] })
    await run.line('stderr', /a task waits(.*\n)+.*a task waits/)
    workers[0]!.signal('SIGKILL')
    await run.line('stderr', /executor \S+ was lost/)
    sandbox.write('gate', '')
    const { stdout, stderr, exitCode } = await run.result()
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: '[[0,9],[1,12],[2,7]]\n', exitCode: 0 })
    // what the killed one left is removed by the next start; it serves the same application's successor
    await sandbox.startWorker(url, ['--cores', '1', '--memory', '1g'])
    const next = await sandbox.submit('hello', [], { master: url, flags: ['--num-executors', '2'] })
    expect(next.exitCode, next.stderr).toBe(0)
    expect(next.stderr).not.toMatch(/only \d of 2/)
  })

  test('all of them killed: the run says so, and a worker that comes then finishes it', async ({ sandbox }) => {
    const gate = sandbox.output('gate')
    const { url, workers } = await cluster(sandbox, 2)
    const run = sandbox.startSubmit('blocks', [gate, '4'], { master: url, flags: ['--num-executors', '2'] })
    await run.line('stderr', /a task waits(.*\n)+.*a task waits/)
    for (const worker of workers) worker.signal('SIGKILL')
    await run.line('stderr', /all executors are lost; waiting for workers/)
    sandbox.write('gate', '')
    await sandbox.startWorker(url, ['--cores', '1', '--memory', '1g'])
    const { stdout, stderr, exitCode } = await run.result()
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: '[[0,9],[1,12],[2,7]]\n', exitCode: 0 })
  })

  test('all of them killed with --queue-timeout: the run ends with exit 5 and names the loss', async ({ sandbox }) => {
    const gate = sandbox.output('gate')
    const { url, workers } = await cluster(sandbox, 2)
    const run = sandbox.startSubmit('blocks', [gate, '4'], { master: url, flags: ['--num-executors', '2', '--queue-timeout', '3s'] })
    await run.line('stderr', /a task waits(.*\n)+.*a task waits/)
    for (const worker of workers) worker.signal('SIGKILL')
    const { stdout, stderr, exitCode } = await run.result()
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: '', exitCode: 5 })
    expect(stderr).toMatch(/executors? .*lost|no workers/i)
    const next = await sandbox.startWorker(url)
    next.signal('SIGTERM')
    await next.result()
  })
})
