import { exitCodeOf } from './exitCodeOf.js'
import { runErrorOf } from './runErrorOf.js'

/** Tells why a command could not begin: on stderr, and with `--json` as the one line of stdout. Gives the exit code. */
export async function reportFailure(error: unknown, argv: readonly string[]): Promise<number> {
  const flags = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  const color = flags.includes('--no-color') ? false : flags.includes('--color') ? true : undefined
  const [{ createColors }, { errorLines }, { jsonLine }] = await Promise.all([
    import('./terminal/createColors.js'),
    import('./terminal/errorLines.js'),
    import('./terminal/jsonLine.js'),
  ])
  const failure = runErrorOf(error)
  const exitCode = exitCodeOf(error)
  const lines = errorLines(failure, { colors: createColors(color, process.env, process.stderr), debug: flags.includes('--debug'), limit: 12 })
  process.stderr.write(`${lines.join('\n')}\n`)
  if (flags[0] === 'submit' && flags.includes('--json')) {
    const { code, name, message } = failure
    process.stdout.write(jsonLine({ type: 'job.finished', exitCode, seconds: 0, error: { code, name, message } }))
  }
  return exitCode
}
