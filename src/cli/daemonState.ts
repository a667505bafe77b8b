import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { TsparkError } from '../events/tsparkError.js'

const PID_FILES = ['master.pid', 'worker.pid'] as const
type PidFile = (typeof PID_FILES)[number]
/** Beside a pid file: the name of the machine whose process it is. */
const MACHINE = 'machine'

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

/** Writes a daemon's pid file; gives what removes it again, unless another daemon has taken its place. Those of daemons that were killed go. */
export function writePidFile(dir: string, name: PidFile): () => void {
  const path = join(dir, name)
  makeStateDir(dir)
  sweep(dirname(dir))
  writeFileSync(path, `${process.pid}\n`, { mode: 0o600 })
  writeFileSync(join(dir, MACHINE), hostname(), { mode: 0o600 })
  return () => removePidFile(dir, name, process.pid)
}

/** Removes the pid files of daemons of this machine that are not there any more, and folders that hold nothing else; ports that differ each time never come back to theirs. */
function sweep(root: string): void {
  for (const folder of readdirSync(root)) {
    for (const name of PID_FILES) {
      try {
        const dir = join(root, folder)
        const pid = Number(readFileSync(join(dir, name), 'utf8'))
        // a home folder may be shared with other machines
        if (readFileSync(join(dir, MACHINE), 'utf8') === hostname() && !isDaemon(pid)) removePidFile(dir, name, pid)
      } catch {
        // no folder of a daemon, or it is just being removed
      }
    }
  }
}

function removePidFile(dir: string, name: PidFile, pid: number): void {
  try {
    const path = join(dir, name)
    if (Number(readFileSync(path, 'utf8')) !== pid) return
    rmSync(path)
    rmSync(join(dir, MACHINE), { force: true })
    rmdirSync(dir)
  } catch {
    // gone already, or a log or the state of a master lies there
  }
}

/** Whether a process may be a daemon: not if there is none, nor if its number was given to another program since. */
function isDaemon(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
  try {
    return /\0start-(master|worker)\0/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    // a system that does not tell
    return true
  }
}
