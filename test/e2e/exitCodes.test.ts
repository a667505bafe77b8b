import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'

describe('how main ends the run', () => {
  test('a throw in main is exit 1 and shows its line', async ({ sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('ends', ['throw'])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('RangeError: main gave up')
    expect(stderr).toMatch(/ends\.ts:9:13/)
    expect(stderr).toContain("throw new RangeError('main gave up')")
  })

  test('a thrown value that is no Error is exit 1 and told', async ({ sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('ends', ['throw a string'])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('just a string')
  })

  test('process.exitCode is the exit code', async ({ sandbox }) => {
    expect((await sandbox.submit('ends', ['exitCode'])).exitCode).toBe(7)
  })

  test('process.exit in main ends the run with its code and leaves nothing', async ({ sandbox }) => {
    expect((await sandbox.submit('ends', ['exit'])).exitCode).toBe(9)
    expect((await sandbox.submit('ends', ['exit zero'])).exitCode).toBe(0)
  })

  test('a rejection that nobody awaits is exit 1', async ({ sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('ends', ['rejection'])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('nobody awaits me')
    expect(stderr).toContain('TSPARK_UNHANDLED_REJECTION')
  })

  test('a main that listens to unhandledRejection goes on', async ({ sandbox }) => {
    const { stdout, exitCode } = await sandbox.submit('ends', ['listened rejection'])
    expect({ stdout, exitCode }).toEqual({ stdout: 'heard: somebody listens\n', exitCode: 0 })
  })

  test('a run ends with main, whatever handles are open', async ({ sandbox }) => {
    const { stdout, exitCode } = await sandbox.submit('ends', ['open handles'])
    expect({ stdout, exitCode }).toEqual({ stdout: 'main has returned\n', exitCode: 0 })
  })

  test('an action that main does not await is told, one that main has cancelled is not', async ({ sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('ends', ['not awaited', join(sandbox.work, 'out')])
    expect(exitCode).toBe(0)
    expect(stderr).toMatch(/main ended before saveAsTextFile at ends\.ts:\d+, which is cancelled: await it/)
    const early = await sandbox.submit('ends', ['approximately'])
    expect(early.stderr).toMatch(/main ended before runApproximateJob at ends\.ts:\d+, which is cancelled: await getFinalValue\(\) of what it gives/)
    const cancelled = await sandbox.submit('ends', ['cancelled'])
    expect(cancelled.stdout).toMatch(/^count at ends\.ts:\d+ was cancelled: .*\nmax at ends\.ts:\d+ was cancelled: the SparkContext was stopped\n$/)
    expect(cancelled.stderr).not.toContain('main ended before')
  })

  test.for<[string, number]>([
    ['throw beside a save', 1],
    ['exit beside a save', 9],
  ])('%s leaves nothing of the output', async ([way, code], { sandbox }) => {
    expect((await sandbox.submit('ends', [way, join(sandbox.work, 'deep/out')])).exitCode).toBe(code)
  })

  test('an action whose rejection is caught does not end the run', async ({ sandbox }) => {
    const { stdout, exitCode } = await sandbox.submit('catches')
    expect({ stdout, exitCode }).toEqual({ stdout: 'true 1 TypeError not three\n10\n', exitCode: 0 })
  })
})

describe('a job that does not build is exit 3', () => {
  test('a syntax error, with its line', async ({ sandbox }) => {
    const job = sandbox.write('broken.ts', 'export default async () => {\n  const oops = = 1\n}\n')
    const { stdout, stderr, exitCode } = await sandbox.submit(job)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 })
    expect(stderr).toMatch(/broken\.ts:2:1\d/)
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(12)
  })

  test('a missing import, by name', async ({ sandbox }) => {
    const job = sandbox.write('broken.ts', "import { x } from './noSuchFile.js'\nexport default () => x\n")
    const { stderr, exitCode } = await sandbox.submit(job)
    expect(exitCode).toBe(3)
    expect(stderr).toContain('noSuchFile')
  })

  test('no default export', async ({ sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('brokenNoMain')
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/default export/)
    expect(stderr).toContain('TSPARK_NO_MAIN')
  })

  test('the context captured by a function of tasks', async ({ sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('brokenCapture')
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/brokenCapture\.ts:4:\d+/)
    expect(stderr).toMatch(/\bsc\b/)
  })
})

describe('time limits', () => {
  test('--timeout ends a run with exit 124', async ({ sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('spins', [], { flags: ['--timeout', '1s'] })
    expect(exitCode).toBe(124)
    expect(stderr).toContain('--timeout')
  })

  test('--task-timeout fails the task with exit 1', async ({ sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('spins', [], { flags: ['--task-timeout', '500ms'] })
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/task-timeout|TSPARK_TASK_TIMEOUT/)
  })
})
