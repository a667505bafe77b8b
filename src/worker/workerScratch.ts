import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { TsparkError } from '../events/tsparkError.js'
import { isAlive } from '../storage/isAlive.js'

const NAME = /^tspark-(?:worker|driver)-(\d+)-[\da-f]{8}$/
/** folders of this very process: its number alone may be that of a process before a reboot */
const own = new Set<string>()

/** Makes a worker's private folder in each of `dirs` that takes it, and removes those that dead workers left there. */
export function makeWorkerScratch(dirs: readonly string[]): [string, ...string[]] {
  return makeScratch('worker', dirs)
}

/** Makes a driver's private folder in the first of `dirs` that takes it, and removes those that dead drivers left there. */
export function makeDriverScratch(dirs: readonly string[]): string {
  return makeScratch('driver', dirs)[0]
}

function makeScratch(owner: 'worker' | 'driver', dirs: readonly string[]): [string, ...string[]] {
  removeStaleScratch(dirs)
  let problem: unknown
  const made = dirs.flatMap((dir) => {
    const name = `tspark-${owner}-${process.pid}-${randomBytes(4).toString('hex')}`
    const path = resolve(dir, name)
    try {
      mkdirSync(dir, { recursive: true })
      mkdirSync(path, { mode: 0o700 })
      own.add(name)
      return [path]
    } catch (error) {
      problem = error
      return []
    }
  })
  const [first, ...others] = made
  if (first !== undefined) return [first, ...others]
  throw new TsparkError('TSPARK_DAEMON', `no scratch folder can be made in ${dirs.join(', ')}: ${(problem as Error).message}`, {
    cause: problem,
    hint: 'name a writable folder with --local-dirs',
  })
}

/** Removes the folders and all that is in them. */
export function removeWorkerScratch(paths: readonly string[]): void {
  for (const path of paths) rmSync(path, { recursive: true, force: true, maxRetries: 3 })
}

/** Removes what workers and drivers that are dead left in `dirs`. */
export function removeStaleScratch(dirs: readonly string[]): void {
  for (const dir of dirs) removeStale(dir)
}

function removeStale(dir: string): void {
  let names: string[]
  try {
    names = readdirSync(dir)
  } catch {
    return // a folder that is not there holds nothing stale
  }
  for (const name of names) {
    const pid = NAME.exec(name)?.[1]
    if (pid === undefined || own.has(name) || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue
    try {
      rmSync(join(dir, name), { recursive: true, force: true })
    } catch {
      // another user's: not ours to remove
    }
  }
}
