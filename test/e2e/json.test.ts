import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'
import { waitFor } from '../helpers/waitFor.js'

interface Line {
  v: number
  type: string
  ts: string
  [field: string]: unknown
}

function parse(stdout: string): Line[] {
  expect(stdout.endsWith('\n')).toBe(true)
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

describe('--json', () => {
  test('stdout is JSON Lines only, main prints in events, and job.finished is the last one', async ({ sandbox }) => {
    const { stdout, exitCode } = await sandbox.submit('shout', [], { flags: ['--json'] })
    const lines = parse(stdout)
    for (const line of lines) expect(line).toMatchObject({ v: 1, type: expect.any(String), ts: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) })
    expect(lines.filter(({ type }) => type === 'stdout').map(({ line }) => line)).toEqual(['top level', 'main is done'])
    expect(lines.filter(({ type }) => type === 'task.output')).toContainEqual(
      expect.objectContaining({ stageId: 0, partition: 1, text: 'task sees 3', stream: 'stdout' }),
    )
    expect(lines.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['build.finished', 'app.started', 'executor.added', 'action.started', 'stage.started', 'stage.ended', 'action.ended']),
    )
    expect(lines.at(-1)).toMatchObject({ type: 'job.finished', exitCode: 0 })
    expect(lines.at(-1)).not.toHaveProperty('error')
    expect(exitCode).toBe(0)
  })

  test.for([
    ['endsAllExecutors', true],
    ['exitsInTask', false],
  ] as const)('an executor that goes is an event that tells whether it was wanted: %s', async ([job, planned], { sandbox }) => {
    const { stdout } = await sandbox.submit(job, [sandbox.output('mark')], { flags: ['--json'] })
    expect(parse(stdout).filter(({ type }) => type === 'executor.removed')).toEqual([expect.objectContaining({ planned })])
  })

  test('a failed task is an event, and the end tells the error', async ({ sandbox }) => {
    const { stdout, exitCode } = await sandbox.submit('throwsInTask', [], { flags: ['--json'] })
    const lines = parse(stdout)
    expect(lines).toContainEqual(
      expect.objectContaining({ type: 'task.failed', partition: 1, attempt: 0, willRetry: false, message: expect.stringContaining('cannot take 3') }),
    )
    expect(lines.at(-1)).toMatchObject({
      type: 'job.finished',
      exitCode: 1,
      error: { code: 'TSPARK_TASK_FAILED', name: 'RangeError', message: 'cannot take 3' },
    })
    expect(exitCode).toBe(1)
  })

  test('a job that does not build ends the same way', async ({ sandbox }) => {
    const job = sandbox.write('broken.ts', 'export default = 1\n')
    const { stdout, exitCode } = await sandbox.submit(job, [], { flags: ['--json'] })
    expect(parse(stdout).at(-1)).toMatchObject({ type: 'job.finished', exitCode: 3, error: { code: 'TSPARK_BUILD' } })
    expect(exitCode).toBe(3)
  })

  test('a usage error leaves stdout with JSON Lines or nothing', async ({ sandbox }) => {
    const { stdout, exitCode } = await sandbox.run(['submit', '--json', '--master', 'nonsense', sandbox.job('hello')])
    if (stdout !== '') expect(parse(stdout).at(-1)).toMatchObject({ type: 'job.finished', exitCode: 2 })
    expect(exitCode).toBe(2)
  })

  test('SIGINT ends with job.finished too', async ({ sandbox }) => {
    const run = sandbox.startSubmit('waits', [], { flags: ['--json'] })
    await run.line('stdout', /main waits/)
    run.signal('SIGINT')
    const { stdout, exitCode } = await run.result()
    expect(parse(stdout).at(-1)).toMatchObject({ type: 'job.finished', exitCode: 130 })
    expect(exitCode).toBe(130)
  })

  test('a slow reader gets every line', async ({ sandbox }) => {
    const job = sandbox.write('talks.ts', "export default () => { for (let i = 0; i < 20_000; i++) console.log('x'.repeat(99)) }\n")
    const run = sandbox.startSubmit(job, [], { flags: ['--json'] })
    const readOn = run.pauseStdout()
    await sandbox.waitForProcesses('driverMain')
    await waitFor(() => sandbox.processes('driverMain').length === 0, { what: 'the end of the driver' })
    readOn()
    const { stdout, exitCode } = await run.result()
    const lines = parse(stdout)
    expect(lines.filter(({ type }) => type === 'stdout')).toHaveLength(20_000)
    expect(lines.at(-1)).toMatchObject({ type: 'job.finished', exitCode: 0 })
    expect(exitCode).toBe(0)
  })

  test('a reader that goes away ends the run quietly with exit 0', async ({ sandbox }) => {
    const run = sandbox.startSubmit('waits', [], { flags: ['--json'] })
    await run.line('stdout', /build\.finished/)
    run.closeStdout()
    expect(await run.result()).toMatchObject({ stderr: '', exitCode: 0 })
  })
})
