import { InvalidArgumentError } from 'commander'
import { parseMasterUrl } from '../../cluster/masterUrl.js'
import { TsparkError } from '../../events/tsparkError.js'

/** A master of any kind, as the text it was given. */
export function parseMaster(text: string): string {
  try {
    parseMasterUrl(text)
    return text
  } catch (error) {
    throw new InvalidArgumentError(TsparkError.is(error) ? [error.message, error.hint].filter(Boolean).join('; ') : String(error))
  }
}
