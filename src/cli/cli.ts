import { SignalTrap } from './signalTrap.js'

// The trap comes before everything else is even loaded: a Ctrl-C during start-up is a Ctrl-C too.
const signals = new SignalTrap()
const { runCommand } = await import('./runCommand.js')
process.exit(await runCommand(process.argv.slice(2), signals))
