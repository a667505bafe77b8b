import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'
import type { Sandbox } from '../helpers/sandbox.js'
import { waitFor } from '../helpers/waitFor.js'

/** Removes one output of every shuffle that has some. */
function loseOutputs(sandbox: Sandbox, map: number): string[] {
  const files = readdirSync(sandbox.tmp, { recursive: true, encoding: 'utf8' }).filter((path) => new RegExp(`shuffle/\\d+/${map}-\\d+\\.data$`).test(path))
  for (const path of files) rmSync(join(sandbox.tmp, path))
  return files.map((path) => /shuffle\/\d+/.exec(path)![0])
}

describe('rows that are dealt out (SPARK-23207)', () => {
  const WHOLE = /^rows 20000, left (\d+)\nrows 20000, parts 20000 of 20000, left \1, indexed 20000\n$/

  test('are the same when map outputs of every shuffle are computed again', async ({ sandbox }) => {
    const run = sandbox.startSubmit('dealtOut', [sandbox.output('gate')], { master: 'local-cluster[2,1,1024]' })
    await run.line('stdout', /^rows .*\n/)
    expect(new Set(loseOutputs(sandbox, 1)).size).toBeGreaterThan(1)
    loseOutputs(sandbox, 2)
    sandbox.write('gate', '')
    const { stdout, stderr, exitCode } = await run.result()
    expect(stdout, stderr).toMatch(WHOLE)
    expect(exitCode).toBe(0)
  })

  test('are the same when a worker and its executor are killed in between', async ({ sandbox }) => {
    const { url } = await sandbox.startMaster()
    const workers = [await sandbox.startWorker(url, ['--cores', '1', '--memory', '1g']), await sandbox.startWorker(url, ['--cores', '1', '--memory', '1g'])]
    const run = sandbox.startSubmit('dealtOut', [sandbox.output('gate')], { master: url, flags: ['--num-executors', '2'] })
    await run.line('stdout', /^rows .*\n/)
    workers[0]!.signal('SIGKILL')
    await run.line('stderr', /executor \S+ was lost/)
    sandbox.write('gate', '')
    const { stdout, stderr, exitCode } = await run.result()
    expect(stdout, stderr).toMatch(WHOLE)
    expect(exitCode).toBe(0)
    // what the killed one left is removed by the next start
    const next = await sandbox.startWorker(url)
    next.signal('SIGTERM')
    await next.result()
  })
})

describe('a shuffle of random numbers whose outputs are lost', () => {
  test('between two jobs takes back what was computed from it', async ({ sandbox }) => {
    const run = sandbox.startSubmit('randomShuffle', [sandbox.output('gate'), '', 'between jobs'], { master: 'local-cluster[2,1,1024]' })
    await run.line('stdout', /^keys 7\n/)
    // one of the numbers and one of the sums: the other sums were made from the old numbers
    expect(new Set(loseOutputs(sandbox, 1)).size).toBe(2)
    sandbox.write('gate', '')
    const { stdout, stderr, exitCode } = await run.result()
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: 'keys 7\nthe same true\n', exitCode: 0 })
  })

  test('under a job of which a result is delivered fails it, and the action may be repeated', async ({ sandbox }) => {
    const started = sandbox.output('started')
    const run = sandbox.startSubmit('randomShuffle', [sandbox.output('gate'), started], { master: 'local-cluster[1,1,1024]' })
    await waitFor(() => existsSync(started), { what: 'the second partition to start' })
    expect(loseOutputs(sandbox, 1)).toHaveLength(1)
    sandbox.write('gate', '')
    const { stdout, stderr, exitCode } = await run.result()
    expect(stdout, stderr).toMatch(
      /^TSPARK_INDETERMINATE: count at randomShuffle\.ts:\d+: a lost output of map at randomShuffle\.ts:\d+ .* not the same, but 1 of 2 results .*\nagain 100000\n$/,
    )
    expect(exitCode).toBe(0)
  })
})

describe('records that are counted for their indexes', () => {
  test('and are not as many any more fail the action, which counts again when it is repeated', async ({ sandbox }) => {
    const { stdout, stderr, exitCode } = await sandbox.submit('indexed', [sandbox.output('mark')], { master: 'local[2]' })
    expect(stdout, stderr).toBe(
      [
        'indexes 1000, different 1000, last 999',
        'TSPARK_INDETERMINATE zipWithIndex at indexed.ts:7: a partition has fewer than the 250 records counted',
        'indexes 500, different 500, last 499',
        'TSPARK_INDETERMINATE zipWithIndex at indexed.ts:7: a partition has more than the 125 records counted',
        'indexes 1000, different 1000, last 999',
        '',
      ].join('\n'),
    )
    expect(exitCode).toBe(0)
  })
})

describe('a save', () => {
  test('whose executor is killed has every part once and nothing of the killed attempts', async ({ sandbox }) => {
    const [out, gate, started] = [sandbox.output('out'), sandbox.output('gate'), sandbox.output('started')]
    const run = sandbox.startSubmit('saveSlowly', [out, gate, started], { master: 'local-cluster[1,1,1024]' })
    await waitFor(() => existsSync(started), { what: 'the last part to start' })
    for (const pid of await sandbox.waitForProcesses('executorMain')) process.kill(pid, 'SIGKILL')
    await run.line('stderr', /executor \S+ was killed/)
    sandbox.write('gate', '')
    const { stdout, stderr } = await run.result()
    expect(stdout, stderr).toBe('saved\n')
    expect(readdirSync(out).sort()).toEqual(['_SUCCESS', 'part-00000', 'part-00001', 'part-00002', 'part-00003'])
  })

  test('whose driver is killed leaves the destination as it was, and the next one to the same path works', async ({ sandbox }) => {
    const { url } = await sandbox.startMaster()
    // room for the second run while the first one's executor still looks for its driver
    await sandbox.startWorker(url, ['--cores', '2', '--memory', '2g'])
    const flags = ['--total-executor-cores', '1']
    const [out, gate, started] = [sandbox.output('out'), sandbox.output('gate'), sandbox.output('started')]
    const run = sandbox.startSubmit('saveSlowly', [out, gate, started], { master: url, flags })
    await waitFor(() => existsSync(started), { what: 'the last part to start' })
    const [driver] = await sandbox.waitForProcesses('driverMain')
    process.kill(driver!, 'SIGKILL')
    await run.result()
    expect(existsSync(out)).toBe(false)
    sandbox.write('gate', '')
    const { stdout, stderr } = await sandbox.submit('saveSlowly', [out, gate, started], { master: url, flags })
    expect(stdout, stderr).toBe('saved\n')
    expect(readdirSync(out).sort()).toEqual(['_SUCCESS', 'part-00000', 'part-00001', 'part-00002', 'part-00003'])
    // nor is anything left beside it
    expect(readdirSync(sandbox.work).sort()).toEqual(['gate', 'out', 'started'])
  })
})
