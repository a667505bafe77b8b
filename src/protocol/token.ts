import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { TsparkError } from '../events/tsparkError.js'

/** Where a token may come from: an option, then the environment, then the user's own file. */
export interface TokenSource {
  tokenFile?: string | undefined
  env: NodeJS.ProcessEnv
}

/** The user's own token file, made by the first start-master. */
export function tokenPath(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'tspark', 'token')
}

/** Reads the cluster's token; a file that others can read, is missing or makes no sense is TSPARK_UNAUTHORIZED. */
export function findToken(source: TokenSource): string {
  return readToken(chosenPath(source))
}

/** Reads the cluster's token, and makes it first if there is none: mode 0600, complete or absent. */
export function ensureToken(source: TokenSource): string {
  const path = chosenPath(source)
  const partial = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
  try {
    statSync(path)
    return readToken(path)
  } catch (error) {
    if (TsparkError.is(error)) throw error
  }
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(partial, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
    // A link, not a rename: of two masters that start at once both must end up with the same token.
    linkSync(partial, path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new TsparkError('TSPARK_DAEMON', `cannot make the token file ${path}: ${(cause as Error).message}`, { cause })
    }
  } finally {
    removeIfThere(partial)
  }
  return readToken(path)
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // its folder could not be made: there is nothing to remove
  }
}

function chosenPath({ tokenFile, env }: TokenSource): string {
  return tokenFile || env.TSPARK_TOKEN_FILE || tokenPath(env)
}

function readToken(path: string): string {
  let mode: number
  let text: string
  try {
    const stat = statSync(path)
    if (!stat.isFile()) throw refused(`the token file ${path} is no file`)
    mode = stat.mode
    text = mode & 0o077 ? '' : readFileSync(path, 'utf8').trim()
  } catch (cause) {
    if (TsparkError.is(cause)) throw cause
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw refused(
      missing ? `there is no token file at ${path}` : `the token file ${path} cannot be read`,
      missing ? 'start-master makes it; for a master of another machine or user name a copy with --token-file PATH' : `chmod 600 ${path}`,
      cause,
    )
  }
  if (mode & 0o077) throw refused(`the token file ${path} can be read by others`, `chmod 600 ${path}`)
  if (!/^[\x21-\x7e]{16,512}$/.test(text)) throw refused(`the token file ${path} holds no token`, 'one line of 16 to 512 printable characters')
  return text
}

function refused(message: string, hint?: string, cause?: unknown): TsparkError {
  return new TsparkError('TSPARK_UNAUTHORIZED', message, { ...(hint === undefined ? {} : { hint }), cause })
}
