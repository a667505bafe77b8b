import { CommanderError } from 'commander'
import { createProgram } from './program.js'
import { reportFailure } from './reportFailure.js'
import type { SignalTrap } from './signalTrap.js'
import { usageError } from './usageError.js'

/** Runs one command line; gives the exit code. */
export async function runCommand(argv: readonly string[], signals: SignalTrap): Promise<number> {
  let exitCode = 0
  const program = createProgram({
    async submit(jobFile, args, options) {
      const { submit } = await import('./submit.js')
      exitCode = await submit(jobFile, args, options, signals)
    },
    async startMaster(options) {
      const { startMaster } = await import('./startMaster.js')
      exitCode = await startMaster(options, signals)
    },
    async startWorker(master, options) {
      const { startWorker } = await import('./startWorker.js')
      exitCode = await startWorker(master, options, signals)
    },
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) return await reportFailure(error, argv)
    if (error.exitCode === 0) return 0
    const noCommand = error.code === 'commander.help'
    return await reportFailure(usageError(noCommand ? new CommanderError(2, 'commander.unknownCommand', 'error: no command given') : error, argv), argv)
  }
  return exitCode
}
