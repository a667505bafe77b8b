import { TsparkError } from '../events/tsparkError.js'

const BROKEN: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EIO: 'the disk is broken',
  EMFILE: 'too many files are open',
}

/** A disk that does not do what it should. */
export class DiskError extends TsparkError {
  constructor(
    message: string,
    /** the file; '' if it is not known */
    readonly path: string,
    cause: unknown,
  ) {
    super('TSPARK_DISK', message, { cause })
  }
}

/** An error of the file system as the engine tells it: what is wrong with the disk, and where. Others are given back. */
export function diskError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const what = code === undefined ? undefined : BROKEN[code]
  return what === undefined ? error : new DiskError(`${what}: ${path} (${code})`, path, error)
}
