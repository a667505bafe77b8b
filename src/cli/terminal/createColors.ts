import { Chalk, type ChalkInstance } from 'chalk'

/** Colours of stderr: `--color`/`--no-color`, then FORCE_COLOR, then NO_COLOR, then whether it is a terminal. */
export function createColors(flag: boolean | undefined, environment: NodeJS.ProcessEnv, stream: { isTTY?: boolean }): ChalkInstance {
  return new Chalk({ level: wantsColors(flag, environment, stream) ? 1 : 0 })
}

function wantsColors(flag: boolean | undefined, environment: NodeJS.ProcessEnv, stream: { isTTY?: boolean }): boolean {
  if (flag !== undefined) return flag
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: terminal } = environment
  if (force !== undefined) return force !== '0' && force !== 'false'
  if (no !== undefined && no !== '') return false
  return stream.isTTY === true && terminal !== 'dumb'
}
