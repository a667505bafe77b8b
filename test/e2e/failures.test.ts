import { existsSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'
import { waitFor } from '../helpers/waitFor.js'

function gatedSums(partitions: number): string {
  const sums = new Map<number, number>()
  for (let n = 0; n < partitions * 2; n++) sums.set(n % 3, (sums.get(n % 3) ?? 0) + n)
  return `${JSON.stringify([...sums].sort((a, b) => a[0] - b[0]))}\n`
}

describe('a task that throws', () => {
  test('tells message, place, source line, stage, partition and attempt, and shows none of our frames', async ({ sandbox }) => {
    const { stdout, stderr, exitCode } = await sandbox.submit('throwsInTask')
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
    expect(stderr).toMatch(/throwsInTask\.ts:5:22/)
    expect(stderr).toContain('throw new RangeError(')
    expect(stderr).toMatch(/stage 0 \(collect at throwsInTask\.ts:10\), partition 1, attempt 1, executor \S+/)
    expect(stderr).not.toMatch(/dist\/|node:internal/)
    // with one attempt it stands only at the end
    expect(stderr.match(/cannot take 3/g)).toHaveLength(1)
  })

  test('is tried again as often as local[N,F] says; the message once an attempt and once at the end, the frame only there', async ({ sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('throwsInTask', [], { master: 'local[2,3]' })
    expect(exitCode).toBe(1)
    expect(stderr.match(/cannot take 3/g)).toHaveLength(4)
    for (const attempt of [1, 2, 3]) expect(stderr).toContain(`partition 1 attempt ${attempt} of 3`)
    expect(stderr).toMatch(/partition 1, attempt 3, executor/)
    expect(stderr.match(/throw new RangeError\(/g)).toHaveLength(1)
  })

  test('--debug shows our frames too', async ({ sandbox }) => {
    expect((await sandbox.submit('throwsInTask', [], { flags: ['--debug'] })).stderr).toMatch(/dist\//)
  })

  test('once is made good by the second attempt, and accumulators count accepted attempts only', async ({ sandbox }) => {
    const { stdout, exitCode } = await sandbox.submit('throwsOnce', [], { master: 'local[2,3]' })
    expect({ stdout, exitCode }).toEqual({ stdout: 'sum 10, seen 4\n', exitCode: 0 })
  })
})

describe('a cancelled job', () => {
  test('whose tasks wait behind one that ends by itself does not run them: the slot is free again', async ({ sandbox }) => {
    const gate = sandbox.output('gate')
    sandbox.output('gate.waits')
    const { stdout, stderr, exitCode } = await sandbox.submit('queuedBehind', [gate], { master: 'local[1]' })
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: 'AbortError\nsum 45\n', exitCode: 0 })
  })
})

test('a large result that is damaged before the driver has read it is computed again', async ({ sandbox }) => {
  const { stdout, stderr, exitCode } = await sandbox.submit('damagedResult', [], { master: 'local-cluster[1,1,512]' })
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toBe('2000000 1\n')
  expect(stderr).toMatch(/could not be read: checksum mismatch/)
})

test('an accumulator that cannot merge what a task has added leaves it out, with a warning', async ({ sandbox }) => {
  const { stdout, stderr, exitCode } = await sandbox.submit('badMerge')
  expect({ stdout, exitCode }, stderr).toEqual({ stdout: 'picky 4\n', exitCode: 0 })
  expect(stderr).toContain('warning: accumulator picky: what a task has added is left out: two is too much')
})

describe('an executor that dies', () => {
  test('by kill -9 during a shuffle is replaced and the answer is the same', async ({ sandbox }) => {
    const gate = sandbox.output('gate')
    const run = sandbox.startSubmit('blocks', [gate, '4'])
    await run.line('stderr', /a task waits/)
    const [executor] = await sandbox.waitForProcesses('executorMain.js')
    process.kill(executor!, 'SIGKILL')
    await run.line('stderr', /executor \S+ was killed by SIGKILL/)
    sandbox.write('gate', '')
    const { stdout, exitCode } = await run.result()
    expect({ stdout, exitCode }).toEqual({ stdout: gatedSums(4), exitCode: 0 })
  })

  test('by process.exit in a task is replaced too', async ({ sandbox }) => {
    const mark = sandbox.output('mark')
    const { stdout, stderr, exitCode } = await sandbox.submit('exitsInTask', [mark])
    expect({ stdout, exitCode }).toEqual({ stdout: 'sum 28\n', exitCode: 0 })
    expect(stderr).toMatch(/executor \S+ ended with exit code 3/)
    expect(existsSync(mark)).toBe(true)
  })

  test.for([
    ['local[1]', '1'],
    ['local-cluster[2,1,1024]', '2'],
  ] as const)('by kill -9 from outside six times under one task of %s does not count', async ([master, partitions], { sandbox }) => {
    const gate = sandbox.output('gate')
    const run = sandbox.startSubmit('longTask', [gate, partitions], { master })
    for (let kills = 0; kills < 6; kills++) {
      const places = () => [...run.stderr.matchAll(/partition 0 runs in (\d+)\n/g)]
      await waitFor(() => places().length > kills || run.ended, { what: `attempt ${kills + 1}:\n${run.stderr}` })
      process.kill(Number(places()[kills]![1]), 'SIGKILL')
    }
    await waitFor(() => [...run.stderr.matchAll(/^executor \d+ was killed by SIGKILL \(from outside\)/gm)].length === 6, { what: `six losses:\n${run.stderr}` })
    sandbox.write('gate', '')
    const { stdout, stderr, exitCode } = await run.result()
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: 'sum 1\n', exitCode: 0 })
  })

  test.for(['SIGKILL', 'SIGSEGV'])('by %s from its own code counts: the fourth time fails the job', async (signal, { sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('endsItself', [signal])
    expect(exitCode, stderr).toBe(1)
    expect(stderr.match(new RegExp(`executor \\S+ was killed by ${signal} \\(.*\\)`, 'g'))?.length).toBeGreaterThanOrEqual(4)
    // the other task of the executor dies with it, and may be the one that reaches four first
    expect(stderr).toMatch(/partition [01]: 4 attempts failed, the last with its executor/)
  })

  test('ten times in a row without a finished task ends the application with the cause', async ({ sandbox }) => {
    // each death comes under another task, so that none of them reaches its four
    const { stderr, exitCode } = await sandbox.submit('exitsEverywhere', [], { master: 'local[1]' })
    expect(exitCode, stderr).toBe(1)
    expect(stderr).toMatch(/10 executors died one after the other without finishing a task; the last: exit code 7/)
  })

  test('again and again under one task fails the job with exit 1', async ({ sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('exitsInTask')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/partition 1/)
    expect(stderr).toMatch(/exit code 3/)
  })
})
