import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'
import { waitFor } from '../helpers/waitFor.js'

const ESCAPE = '\u001b'

describe('what a run reads and writes', () => {
  test('stdout is exactly what main wrote', async ({ sandbox }) => {
    const { stdout, stderr, exitCode } = await sandbox.submit('hello')
    expect({ stdout, exitCode }).toEqual({ stdout: 'sum 4950\n\tgrüße\nno newline', exitCode: 0 })
    expect(stderr).not.toContain(ESCAPE)
  })

  test('a plain function is a main too', async ({ sandbox }) => {
    const { stdout, exitCode } = await sandbox.submit('plainFunction')
    expect({ stdout, exitCode }).toEqual({ stdout: "Map(2) { 'a' => 2, 'b' => 1 }\n", exitCode: 0 })
  })

  test('what tasks print stands on stderr, each line once, with stage, task and executor', async ({ sandbox }) => {
    const { stdout, stderr } = await sandbox.submit('shout')
    expect(stdout).toBe('top level\nmain is done\n')
    for (const n of [1, 2, 3, 4]) {
      const partition = n < 3 ? 0 : 1
      for (const line of [`task sees ${n}`, `task warns ${n}`]) {
        const found = stderr.split('\n').filter((each) => each.includes(line))
        expect(found).toEqual([expect.stringMatching(new RegExp(`^\\[stage 0 task ${partition} executor \\S+\\] ${line}$`))])
      }
    }
    expect(stderr).toMatch(/^\[executor \S+\] top level$/m)
  })

  test('a command that is fed more than it takes at once says nothing beside its answer', async ({ sandbox }) => {
    const { stdout, stderr } = await sandbox.submit('slowPipe', [], { flags: ['--quiet'] })
    expect({ stdout, stderr }).toEqual({ stdout: '200000\n', stderr: '' })
  })

  test('a stage whose records are mostly those of one key says so', async ({ sandbox }) => {
    const { stdout, stderr } = await sandbox.submit('skewed')
    expect(stdout).toBe('1001\n')
    expect(stderr).toMatch(/^ {2}partition \d has 3\d{5} records, half of the others at most \d+; largest keys: "us" about 3\d{5}$/m)
  })

  test('arguments reach main unchanged, before and after --, and stdin is its own', async ({ sandbox }) => {
    const args = ['a b', '', '--', '--json', '-x', "it's"]
    const { stdout } = await sandbox.submit('echo', args, { input: 'line 1\nline 2' })
    const expected = ['a b', '', '--json', '-x', "it's"]
    expect(JSON.parse(stdout)).toEqual({ args: expected, argv: expected, stdin: 'line 1\nline 2' })
  })

  test('options of tspark may stand behind the job file', async ({ sandbox }) => {
    const { stdout, exitCode } = await sandbox.run(['submit', sandbox.job('echo'), 'word', '--master', 'local[1]', '--quiet'], { input: '' })
    expect(JSON.parse(stdout)).toMatchObject({ args: ['word'] })
    expect(exitCode).toBe(0)
  })

  test('--quiet leaves only errors and what tasks print on stderr', async ({ sandbox }) => {
    const { stderr } = await sandbox.submit('shout', [], { flags: ['--quiet'] })
    const strange = stderr.split('\n').filter((line) => line !== '' && !/task (sees|warns)|top level/.test(line))
    expect(strange).toEqual([])
  })

  test('5 MB of stdout arrive whole', async ({ sandbox }) => {
    const { stdout, exitCode } = await sandbox.submit('flood', ['5'])
    expect({ bytes: stdout.length, exitCode }).toEqual({ bytes: 5 * 1024 * 1024, exitCode: 0 })
  })

  test('a reader that goes away ends the run quietly with exit 0', async ({ sandbox }) => {
    const run = sandbox.startSubmit('flood', ['200'], { flags: ['--quiet'] })
    await waitFor(() => run.stdout.length > 0)
    run.closeStdout()
    const { stderr, exitCode } = await run.result()
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  })

  test('--files are found in main and in tasks', async ({ sandbox }) => {
    const path = sandbox.write('data/table.txt', 'the table')
    const { stdout } = await sandbox.submit('shippedFile', ['table.txt'], { flags: ['--files', path] })
    expect(JSON.parse(stdout)).toEqual({ inMain: 'the table', inTask: 'the table' })
  })

  test('broadcasts reach tasks and accumulators come back', async ({ sandbox }) => {
    const { stdout } = await sandbox.submit('shared')
    expect(JSON.parse(stdout)).toEqual({ even: 5, odd: 5, counted: 5, seen: [8, 9] })
  })

  test('tasks change only their own copies of what they captured', async ({ sandbox }) => {
    expect((await sandbox.submit('copies')).stdout).toBe('0\n')
  })

  test('an unchanged job comes from the build cache and answers the same', async ({ sandbox }) => {
    const first = await sandbox.submit('hello')
    const second = await sandbox.submit('hello', [], { flags: ['--verbose'] })
    expect(second.stdout).toBe(first.stdout)
    expect(second.stderr).toMatch(/built in .*\(cached\)/)
  })
})

describe('environment', () => {
  test('tasks get PATH, HOME, TMPDIR, LANG and TZ only; main gets what submit has', async ({ sandbox }) => {
    const { stdout } = await sandbox.submit('environment', [], { env: { MY_OWN: 'mine', MY_API_TOKEN: 'hush', AWS_SECRET_ACCESS_KEY: 'hush' } })
    const { inTask, inMain, mine, secrets } = JSON.parse(stdout)
    expect(inTask).toEqual(['HOME', 'LANG', 'PATH', 'TMPDIR', 'TZ'])
    expect(mine).toBe('mine')
    expect(secrets).toBeNull()
    expect(inMain.filter((name: string) => /token|secret/i.test(name))).toEqual([])
  })
})
