import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { TsparkError } from '../events/tsparkError.js'
import { count, id, resourceRequest, workerInfo } from '../protocol/shapes.js'

const schema = v.object({
  version: v.literal(1),
  masterId: id,
  nextApp: count,
  apps: v.array(v.object({ appId: id, name: v.string(), secret: v.string(), request: resourceRequest, nextExecutor: count })),
  workers: v.array(workerInfo),
  executors: v.array(v.object({ appId: id, executorId: id, workerId: id, cores: count, memory: count })),
})

/** All that a master must know again after it was killed and started anew. */
export type MasterState = v.InferOutput<typeof schema>

/** Reads what a master before this one left; `undefined` if there is nothing. */
export function readMasterState(path: string): MasterState | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new TsparkError('TSPARK_DAEMON', `the state file ${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  try {
    const state: unknown = JSON.parse(text)
    const { version } = v.parse(v.looseObject({ version: v.number() }), state)
    if (version !== 1) throw otherVersion(path, version)
    return v.parse(schema, state)
  } catch (cause) {
    if (TsparkError.is(cause)) throw cause
    throw new TsparkError('TSPARK_DAEMON', `the state file ${path} is damaged`, {
      cause,
      hint: `remove it to start with an empty master: rm ${path}`,
    })
  }
}

function otherVersion(path: string, version: number): TsparkError {
  return new TsparkError('TSPARK_DAEMON', `the state file ${path} is of version ${version}, this tspark reads version 1`, {
    hint: 'start the tspark that wrote it, or give another --recovery-dir',
  })
}

/** Writes the state, complete or not at all; it holds secrets, so only its owner can read it. */
export function writeMasterState(path: string, state: MasterState): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const partial = `${path}.${process.pid}`
  writeFileSync(partial, JSON.stringify(state), { mode: 0o600 })
  renameSync(partial, path)
}

/** Forgets the state: a master that ended with nothing to come back to. */
export function removeMasterState(path: string): void {
  rmSync(path, { force: true })
}
