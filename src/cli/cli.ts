import { outputFlushed } from './outputFlushed.js'
import { SIGNAL_EXIT_CODES, SignalTrap } from './signalTrap.js'

/** After a signal nobody is made to wait for a reader that has stopped reading. */
const LAST_WORDS_MS = 1000

// The trap comes before everything else is even loaded: a Ctrl-C during start-up is a Ctrl-C too.
const signals = new SignalTrap()
// Whoever read our output may be gone: that is no failure.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
const { runCommand } = await import('./runCommand.js')
const exitCode = await runCommand(process.argv.slice(2), signals)
// A slow reader still gets the last line; a signal ends the wait.
signals.handle((signal) => process.exit(SIGNAL_EXIT_CODES[signal]))
await outputFlushed(Object.values(SIGNAL_EXIT_CODES).includes(exitCode) ? LAST_WORDS_MS : undefined)
process.exit(exitCode)
