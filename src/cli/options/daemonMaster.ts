import { InvalidArgumentError } from 'commander'
import { parseMaster } from './master.js'

/** The master a worker joins: `tspark://host[:7077]` only. */
export function parseDaemonMaster(text: string): string {
  if (!text.startsWith('tspark://')) throw new InvalidArgumentError('a worker joins a master at tspark://host[:7077].')
  return parseMaster(text)
}
