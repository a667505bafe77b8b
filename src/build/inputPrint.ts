import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'

/** Times of files are this coarse: a change within it may not show in them. */
const GRAIN_MS = 20

/** What a file was like: as the file system tells it, and its content for when only that has changed. */
export interface InputPrint {
  /** empty if the file had just been written: the next change might look the same */
  readonly stat: string
  readonly content: string
}

/**
 * The print of a file that a build has read since `started` (ms); undefined if there is none. `read` is what the build got,
 * where that is known: without it nobody can tell whether a file that changed meanwhile was read before or after.
 */
export function printOf(path: string, started: number, read: string | undefined): InputPrint | 'changing' | undefined {
  try {
    const { mtimeMs, ctimeMs } = statSync(path)
    const changed = Math.max(mtimeMs, ctimeMs)
    const stat = changed > Date.now() - GRAIN_MS ? '' : statOf(path)
    const bytes = readFileSync(path)
    if (changed > started - GRAIN_MS && bytes.toString() !== read) return 'changing'
    return { stat, content: digest(bytes) }
  } catch {
    return undefined
  }
}

/** Whether a file is what it was. */
export function isUnchanged(path: string, { stat, content }: InputPrint): boolean {
  try {
    return (stat !== '' && statOf(path) === stat) || digest(readFileSync(path)) === content
  } catch {
    return false
  }
}

export function digest(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function statOf(path: string): string {
  const { mtimeMs, ctimeMs, size, ino } = statSync(path)
  return `${mtimeMs}/${ctimeMs}/${size}/${ino}`
}
