import type { Connection } from './connection.js'
import type { Log } from './log.js'

/** One bad frame ends its own connection and nothing else. */
export function guarded(connection: Connection, log: Log, handler: (frame: Uint8Array) => void): (frame: Uint8Array) => void {
  return (frame) => {
    try {
      handler(frame)
    } catch (error) {
      log(`${connection.remote}: ${(error as Error).message}`)
      connection.close((error as Error).message)
    }
  }
}
