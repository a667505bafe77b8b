import { join } from 'node:path'

let next = 0

/** A new name for a spill file; threads and processes share the folder. */
export function spillPath(dir: string): string {
  return join(dir, `spill-${process.pid}-${Math.random().toString(36).slice(2, 10)}-${next++}`)
}
