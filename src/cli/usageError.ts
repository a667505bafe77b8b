import type { CommanderError } from 'commander'
import { TsparkError } from '../events/tsparkError.js'

const COMMANDS = ['submit', 'start-master', 'start-worker']

/** What commander found wrong, as an error that names the option, the nearest one and the way out. */
export function usageError(error: CommanderError, argv: readonly string[]): TsparkError {
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  const near = suggestion?.replace(/^\((.*)\)$/, '$1').replace(/^Did/, 'did')
  const hints = [near, wayOut(error.code, first, argv)].filter((hint) => hint !== undefined)
  return new TsparkError('TSPARK_USAGE', first.replace(/\.$/, ''), { hint: hints.join('\n') })
}

function wayOut(code: string, message: string, argv: readonly string[]): string | undefined {
  const command = argv[0] ?? ''
  if (code === 'commander.unknownCommand') {
    if (/\.[cm]?[jt]sx?$/.test(command)) return `to run a job: tspark submit ${command}`
    return `commands: ${COMMANDS.join(', ')}; see tspark --help`
  }
  if (code === 'commander.unknownOption' && command === 'submit') {
    const option = /'(.*)'/.exec(message)?.[1] ?? '--option'
    return `options of the job itself go after --, as in: tspark submit job.ts -- ${option}`
  }
  return COMMANDS.includes(command) ? `see tspark ${command} --help` : 'see tspark --help'
}
