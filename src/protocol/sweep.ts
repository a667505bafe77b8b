const EVERY_MS = 1_000
const LATE_MS = 3_000

/** Looks after something each second, but not right after this process stood still itself: what came meanwhile is read first. */
export class Sweep {
  readonly #timer: NodeJS.Timeout
  #last = performance.now()

  constructor(look: () => void) {
    this.#timer = setInterval(() => {
      const now = performance.now()
      const late = now - this.#last > LATE_MS
      this.#last = now
      if (!late) look()
    }, EVERY_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
