import { TsparkError } from '../events/tsparkError.js'

const BROKEN: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EIO: 'the disk is broken',
  EMFILE: 'too many files are open',
}

/** An error of the file system as the engine tells it: what is wrong with the disk, and where. Others are given back. */
export function diskError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const what = code === undefined ? undefined : BROKEN[code]
  return what === undefined ? error : new TsparkError('TSPARK_DISK', `${what}: ${path} (${code})`, { cause: error })
}
