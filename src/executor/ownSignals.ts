import { syncBuiltinESMExports } from 'node:module'
import { constants } from 'node:os'

/** Lets the worker know before a task sends its own process a signal, so that the end counts as the task's doing. */
export function tellOwnSignals(tell: (signal: string) => void): void {
  const kill = process.kill.bind(process)
  process.kill = (pid, signal = 'SIGTERM') => {
    const name = Object.entries(constants.signals).find((known) => known.includes(signal))?.[0]
    // 0 and the negative number are the process group, which the executor leads
    if (name !== undefined && (pid === 0 || Math.abs(pid) === process.pid)) tell(name)
    return kill(pid, signal)
  }
  // for those who import the function by its name
  syncBuiltinESMExports()
}
