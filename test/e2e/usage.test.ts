import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'

const HELLO = fileURLToPath(new URL('../fixtures/jobs/hello.ts', import.meta.url))

const cases: [what: string, args: string[], told: RegExp[]][] = [
  ['an unknown option, with the nearest one', ['submit', '--mastr', 'local', 'job.ts'], [/--mastr/, /did you mean --master/i]],
  ['an unknown option, with the way to give it to the job', ['submit', 'job.ts', '--rounds', '3'], [/--rounds/, /after --/]],
  ['an unknown command', ['sumbit', 'job.ts'], [/sumbit/, /submit/]],
  ['a job file without a command', ['job.ts'], [/tspark submit job\.ts/]],
  ['no command', [], [/submit/]],
  ['no job file', ['submit'], [/job/]],
  ['a job file that does not exist', ['submit', 'nowhere/job.ts'], [/nowhere\/job\.ts/, /TSPARK_JOB_NOT_FOUND/]],
  ['a folder for a job file', ['submit', '.'], [/folder/]],
  ['a master that is none', ['submit', '--master', 'spark://host', 'job.ts'], [/--master/, /spark:\/\/host/]],
  ['a number of slots below 1', ['submit', '--master', 'local[0]', 'job.ts'], [/local\[0\]/]],
  ['a size that is none', ['submit', '--executor-memory', 'lots', 'job.ts'], [/--executor-memory/, /lots/]],
  ['a duration that is none', ['submit', '--timeout', '-3', 'job.ts'], [/--timeout/, /-3/]],
  ['a number of executors that is none', ['submit', '--num-executors', 'two', 'job.ts'], [/--num-executors/, /two/]],
  ['a setting that is none, with the nearest one', ['submit', '-c', 'spark.task.maxFailure=3', 'job.ts'], [/--conf/, /did you mean spark\.task\.maxFailures/]],
  ['a setting with a value that is none', ['submit', '--conf', 'spark.task.maxFailures=some', 'job.ts'], [/spark\.task\.maxFailures/, /some/, /whole number/]],
  [
    'settings that contradict each other',
    ['submit', '-c', 'spark.dynamicAllocation.enabled=true', '-c', 'spark.dynamicAllocation.maxExecutors=2', '--num-executors', '3', HELLO],
    [/--num-executors 3/, /maxExecutors=2/],
  ],
  ['a setting without a value', ['submit', '--conf', 'spark.task.maxFailures', 'job.ts'], [/key=value/]],
  ['a port out of range', ['start-master', '--port', '70000'], [/--port/, /70000/]],
  ['a worker without a master', ['start-worker'], [/master/]],
  ['a worker of a local master', ['start-worker', 'local[2]'], [/local\[2\]/]],
]

describe('a usage error is exit 2, told in at most 12 lines, with nothing on stdout', () => {
  for (const [what, args, told] of cases) {
    test(what, async ({ sandbox }) => {
      const { stdout, stderr, exitCode } = await sandbox.run(args)
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
      for (const pattern of told) expect(stderr).toMatch(pattern)
      expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(12)
    })
  }
})

describe('help and version', () => {
  test('--help of every command is exit 0 on stdout', async ({ sandbox }) => {
    for (const command of [[], ['submit'], ['start-master'], ['start-worker']]) {
      const { stdout, stderr, exitCode } = await sandbox.run([...command, '--help'])
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
      expect(stdout).toMatch(/^Usage: tspark/)
    }
  })

  test('--version names the version, the protocol and node', async ({ sandbox }) => {
    const { stdout, exitCode } = await sandbox.run(['--version'])
    expect(stdout).toMatch(/^tspark \d+\.\d+\.\d+ \(protocol \d+, node \d+\.\d+\.\d+\)\n$/)
    expect(exitCode).toBe(0)
  })
})
