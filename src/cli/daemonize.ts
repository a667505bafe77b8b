import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { makeStateDir, stateDirOf, stateRoot } from './daemonState.js'

const MAX_ERROR_LINES = 12

/**
 * Runs this very command line again as a process of its own, without --daemon, its stderr going to the log file; returns
 * as soon as it is ready, or with its exit code when it could not start.
 */
export async function daemonize(kind: 'master' | 'worker', { host, port }: { host: string; port: number }): Promise<number> {
  const root = stateRoot(process.env)
  makeStateDir(root)
  // Which port 0 becomes, and so which folder, is known only later: the log moves there then.
  const known = port !== 0
  if (known) makeStateDir(stateDirOf(process.env, host, port))
  const logPath = known ? join(stateDirOf(process.env, host, port), `${kind}.log`) : join(root, `${kind}-${process.pid}-${randomBytes(4).toString('hex')}.log`)
  const log = openSync(logPath, 'a', 0o600)
  const before = statSync(logPath).size
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...withoutDaemon(process.argv.slice(2))], {
    detached: true,
    stdio: ['ignore', 'pipe', log],
  })
  closeSync(log)
  const outcome = await firstLine(child)
  if (typeof outcome === 'number') {
    const lines = readFileSync(logPath).subarray(before).toString().trimEnd().split('\n')
    process.stderr.write(`${lines.slice(-MAX_ERROR_LINES).join('\n')}\n`)
    if (!known) rmSync(logPath, { force: true })
    return outcome
  }
  if (!known) {
    const realPort = Number(/^tspark:\/\/\S+:(\d+)/.exec(outcome)?.[1])
    const dir = stateDirOf(process.env, host, realPort)
    makeStateDir(dir)
    renameSync(logPath, join(dir, `${kind}.log`))
  }
  process.stdout.write(`${outcome}\n`)
  child.unref()
  return 0
}

/** The first line the daemon writes, or its exit code if it ends before. */
function firstLine(child: ReturnType<typeof spawn>): Promise<string | number> {
  return new Promise((resolve) => {
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      const end = text.indexOf('\n')
      if (end >= 0) resolve(text.slice(0, end))
    })
    child.once('error', () => resolve(1))
    child.once('close', (code) => resolve(code === null || code === 0 ? 1 : code))
  })
}

function withoutDaemon(words: readonly string[]): string[] {
  return words.filter((word) => word !== '--daemon')
}
