/** An action does not wait longer for copies of what it has cached. */
const PATIENCE_MS = 30_000

/** Lets an action end when the copies of the partitions it has cached are made. */
export class CopyWait {
  readonly #waiting: (() => void)[] = []

  /** @param isBusy copies are being made */
  constructor(readonly isBusy: () => boolean) {}

  /** Settles when no copies are being made. */
  settled(): Promise<void> {
    if (!this.isBusy()) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  changed(): void {
    if (this.#waiting.length > 0 && !this.isBusy()) for (const done of this.#waiting.splice(0)) done()
  }
}
