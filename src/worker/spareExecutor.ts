import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The program of executors, beside this file once it is built. */
export const EXECUTOR_MAIN = fileURLToPath(new URL('./executorMain.js', import.meta.url))
/** the only variables that tasks see */
const ENVIRONMENT = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'] as const

let spare: { process: ChildProcess; flags: readonly string[] } | undefined

/** Starts an executor's process before it is known whose executor it will be: the next one that is needed is this. */
export function startSpareExecutor(flags: readonly string[]): void {
  spare = { process: forkExecutor(EXECUTOR_MAIN, flags), flags }
  // one that could not start is not taken
  spare.process.on('error', () => {})
  process.once('exit', () => spare?.process.kill('SIGKILL'))
}

/** The process of a new executor, of a runtime with these flags. */
export function takeExecutor(executorMain: string, flags: readonly string[]): ChildProcess {
  if (!spare || executorMain !== EXECUTOR_MAIN || spare.flags.join() !== flags.join()) return forkExecutor(executorMain, flags)
  const { process: child } = spare
  spare = undefined
  return child.connected && child.exitCode === null && child.signalCode === null ? child : forkExecutor(executorMain, flags)
}

function forkExecutor(executorMain: string, flags: readonly string[]): ChildProcess {
  return fork(executorMain, [], {
    // Its own process group: a Ctrl-C in the terminal is for tspark, and what its tasks started can be ended with it.
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [...flags],
    env: Object.fromEntries(ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
  })
}
