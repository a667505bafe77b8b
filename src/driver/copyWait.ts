/** An action does not wait longer for copies of what it has cached. */
const PATIENCE_MS = 30_000

/** Lets an action end when the copies of the partitions it has cached are made. */
export class CopyWait {
  readonly #waiting: (() => void)[] = []

  /** Settles when no copies are being made. */
  settled(busy: boolean): Promise<void> {
    if (!busy) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  changed(busy: boolean): void {
    if (!busy) for (const done of this.#waiting.splice(0)) done()
  }
}
