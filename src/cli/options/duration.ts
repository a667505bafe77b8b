import { InvalidArgumentError } from 'commander'
import { durationOf } from '../../protocol/units.js'

/** `500ms`, `5s`, `2m`, `5` (a plain number is seconds) as milliseconds. */
export function parseDuration(text: string): number {
  try {
    return durationOf(text)
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`)
  }
}
