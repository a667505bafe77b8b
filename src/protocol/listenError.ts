import { TsparkError } from '../events/tsparkError.js'

/** Why a daemon cannot listen, and what to do about it. */
export function listenError(cause: NodeJS.ErrnoException, host: string, port: number): TsparkError {
  if (cause.code === 'EADDRINUSE') {
    return new TsparkError('TSPARK_PORT_TAKEN', `port ${port} on ${host} is taken`, {
      cause,
      hint: 'choose another one with --port, or --port 0 for any',
    })
  }
  if (cause.code === 'EACCES') return new TsparkError('TSPARK_DAEMON', `port ${port} may not be used by this user`, { cause, hint: 'choose one above 1023' })
  return new TsparkError('TSPARK_DAEMON', `cannot listen on ${host} port ${port}: ${cause.code ?? cause.message}`, {
    cause,
    hint: 'check --host',
  })
}
