import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { TsparkError } from '../events/tsparkError.js'

/** A blob is named by its content; what lies on the disk may be something else by now. */
export function verified(path: string, hash: string): string {
  if (createHash('sha256').update(readFileSync(path)).digest('hex') === hash) return path
  throw new TsparkError('TSPARK_CHECKSUM', `checksum mismatch: ${path} is not what was sent`)
}
