import { describe, expect } from 'vitest'
import type { Command } from '../helpers/command.js'
import { test } from '../helpers/e2e.js'
import type { Sandbox } from '../helpers/sandbox.js'

const SUM = 31996000
const THREE = { master: 'local-cluster[3,1,512]', flags: ['--num-executors', '3'] }

/** The job, when it has cached its partitions and waits at its first gate; `kill` ends some of its executors. */
async function cached(sandbox: Sandbox, level: string, gates: readonly string[] = []) {
  const run = sandbox.startSubmit('replicated', [level, ...gates.map((gate) => sandbox.output(gate))], THREE)
  await run.line('stdout', /^read .*\n/m)
  const killed = new Set<number>()
  const kill = async (count: number): Promise<void> => {
    const pids = (await sandbox.waitForProcesses('executorMain', 3)).filter((pid) => !killed.has(pid)).slice(0, count)
    for (const pid of pids) {
      killed.add(pid)
      process.kill(pid, 'SIGKILL')
    }
    await run.line('stderr', new RegExp(`(was killed by SIGKILL[^]*){${killed.size}}`))
  }
  return { run, kill }
}

async function lines(run: Command): Promise<string[]> {
  const { stdout, stderr, exitCode } = await run.result()
  expect(exitCode, stderr).toBe(0)
  return stdout.trimEnd().split('\n')
}

describe('a cached partition', () => {
  test('is read from the executor that holds it, and not computed again on another', async ({ sandbox }) => {
    const { run } = await cached(sandbox, 'MEMORY_ONLY')
    expect(await lines(run)).toEqual(['cached 8000 8', `read ${SUM} 8`])
  })

  test('of a single copy is computed again when its executor is lost', async ({ sandbox }) => {
    const { run, kill } = await cached(sandbox, 'MEMORY_ONLY', ['gate'])
    await kill(1)
    sandbox.write('gate', '')
    const [, , again] = await lines(run)
    expect(again).toMatch(new RegExp(`^again ${SUM} (9|1\\d)$`))
  })

  test.for([
    ['MEMORY_ONLY_2', 1],
    ['MEMORY_AND_DISK_SER_2', 1],
    ['DISK_ONLY_2', 1],
    ['DISK_ONLY_3', 2],
  ] as const)('of level %s is there when %i of its executors are lost', async ([level, losses], { sandbox }) => {
    const { run, kill } = await cached(sandbox, level, ['gate'])
    await kill(losses)
    sandbox.write('gate', '')
    expect(await lines(run)).toEqual(['cached 8000 8', `read ${SUM} 8`, `again ${SUM} 8`])
  })

  test('gets a new copy for each that is lost', async ({ sandbox }) => {
    const { run, kill } = await cached(sandbox, 'MEMORY_AND_DISK_2', ['gate', 'gate2'])
    await kill(1)
    sandbox.write('gate', '')
    await run.line('stdout', /^again .*\n/m)
    await kill(1)
    sandbox.write('gate2', '')
    expect((await lines(run)).slice(2)).toEqual([`again ${SUM} 8`, `again ${SUM} 8`])
  })

  test('has one copy where there is one executor', async ({ sandbox }) => {
    expect((await sandbox.submit('replicated', ['DISK_ONLY_3'])).stdout).toBe(`cached 8000 8\nread ${SUM} 8\n`)
  })
})
