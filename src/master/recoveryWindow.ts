import type { Log } from '../protocol/log.js'

/** The time after a restart in which those that the master knew find their way back; it ends as soon as nobody is missing. */
export class RecoveryWindow {
  readonly #missing = new Set<string>()
  readonly #log: Log
  #since = 0

  constructor(log: Log) {
    this.#log = log
  }

  /** Begins to wait for applications and workers, by their ids. */
  open(ids: Iterable<string>): void {
    this.#since = performance.now()
    for (const id of ids) this.#missing.add(id)
    if (this.#missing.size === 0) this.#log('recovery is over: nobody was there before')
  }

  isMissing(id: string): boolean {
    return this.#missing.has(id)
  }

  /** One has come back, or is given up. */
  settled(id: string): void {
    if (this.#missing.delete(id) && this.#missing.size === 0) {
      this.#log(`recovery is over after ${((performance.now() - this.#since) / 1000).toFixed(1)} s: everyone has answered or is given up`)
    }
  }
}
