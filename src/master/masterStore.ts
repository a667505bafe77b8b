import { join } from 'node:path'
import type { Log } from '../protocol/log.js'
import { type MasterState, readMasterState, removeMasterState, writeMasterState } from './masterState.js'

const REST_PER_WRITE = 9

/** Keeps a master's state on disk while it changes; without a folder it keeps nothing. */
export class MasterStore {
  readonly #path: string | undefined
  readonly #snapshot: () => MasterState
  readonly #log: Log
  /** false once another master has taken over the folder */
  readonly #mayWrite: () => boolean
  #pending: NodeJS.Timeout | undefined
  #notBefore = 0

  constructor(stateDir: string | undefined, snapshot: () => MasterState, log: Log, mayWrite: () => boolean = () => true) {
    this.#mayWrite = mayWrite
    this.#path = stateDir === undefined ? undefined : join(stateDir, 'master.json')
    this.#snapshot = snapshot
    this.#log = log
  }

  /** What a master before this one left. */
  read(): MasterState | undefined {
    return this.#path === undefined ? undefined : readMasterState(this.#path)
  }

  /** Writes the state, once for all changes of one turn of the event loop; a large one at most a tenth of the time. */
  changed(): void {
    const path = this.#path
    if (path === undefined || this.#pending) return
    this.#pending = setTimeout(() => {
      this.#pending = undefined
      const since = performance.now()
      this.#write(path)
      const now = performance.now()
      this.#notBefore = now + (now - since) * REST_PER_WRITE
    }, this.#notBefore - performance.now())
  }

  /** Writes for the last time; what nobody comes back to is not kept. */
  close(): void {
    clearTimeout(this.#pending)
    if (this.#path === undefined || !this.#mayWrite()) return
    if (this.#snapshot().apps.length === 0) removeMasterState(this.#path)
    else this.#write(this.#path)
  }

  #write(path: string): void {
    try {
      if (this.#mayWrite()) writeMasterState(path, this.#snapshot())
    } catch (error) {
      this.#log(`the state could not be written, a restart would not know of the last changes: ${(error as Error).message}`)
    }
  }
}
