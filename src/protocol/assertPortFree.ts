import { createServer } from 'node:net'
import { listenError } from './listenError.js'

/** Fails as listening would; asked before anything else, so that a taken port is what the user hears of first. */
export function assertPortFree(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, host, port)))
    probe.listen(port, host, () => probe.close(() => resolve()))
  })
}
