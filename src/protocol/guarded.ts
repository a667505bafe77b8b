import type { Connection } from './connection.js'
import type { Log } from './log.js'

/** One bad frame ends its own connection and nothing else; what comes after it is not looked at, so it is told once. */
export function guarded(connection: Connection, log: Log, handler: (frame: Uint8Array) => void): (frame: Uint8Array) => void {
  let over = false
  return (frame) => {
    if (over) return
    try {
      handler(frame)
    } catch (error) {
      over = true
      log(`${connection.remote}: ${(error as Error).message}`)
      connection.close((error as Error).message)
    }
  }
}
