import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { TsparkError } from '../events/tsparkError.js'

/** `$XDG_STATE_HOME/tspark`, where daemons keep what outlives them. */
export function stateRoot(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'tspark')
}

/** The folder of the daemon that listens on this host and port. */
export function stateDirOf(env: NodeJS.ProcessEnv, host: string, port: number): string {
  return join(stateRoot(env), `${host.replaceAll(':', '_')}-${port}`)
}

/** Makes a folder for the state of daemons. */
export function makeStateDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new TsparkError('TSPARK_DAEMON', `the state folder ${dir} cannot be made: ${(cause as Error).message}`, {
      cause,
      hint: 'set XDG_STATE_HOME to a folder that can be written',
    })
  }
}

/** Writes a daemon's pid file; gives what removes it again, unless another daemon has taken its place. */
export function writePidFile(dir: string, name: string): () => void {
  const path = join(dir, name)
  makeStateDir(dir)
  writeFileSync(path, `${process.pid}\n`, { mode: 0o600 })
  return () => {
    try {
      if (readFileSync(path, 'utf8').trim() === String(process.pid)) rmSync(path)
      rmdirSync(dir)
    } catch {
      // gone already, or a log lies there
    }
  }
}
