import { InvalidArgumentError } from 'commander'
import { type Conf, checkSetting } from '../../protocol/settings.js'

/** `key=value`; a repeated option adds to it, the last of a key counts. */
export function parseConf(text: string, before: Conf | undefined): Conf {
  try {
    const [key, value] = checkSetting(text)
    return { ...before, [key]: value }
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`)
  }
}
