const GRACE_MS = 30_000

export interface ExecutorHoldActions {
  hold(held: boolean): void
  warn(text: string): void
}

/** With --num-executors the first task waits for all of them, though not for ever. */
export class ExecutorHold {
  readonly #wanted: number | undefined
  readonly #actions: ExecutorHoldActions
  #timer: NodeJS.Timeout | undefined
  #have = 0

  constructor(wanted: number | undefined, actions: ExecutorHoldActions) {
    this.#wanted = wanted
    this.#actions = actions
    if (wanted === undefined) return
    actions.hold(true)
    this.#timer = setTimeout(() => {
      actions.warn(`only ${this.#have} of ${wanted} executors came within ${GRACE_MS / 1000} s; going on with what there is`)
      this.release()
    }, GRACE_MS)
  }

  /** Tells how many executors there are now. */
  executors(count: number): void {
    this.#have = count
    if (this.#wanted !== undefined && count >= this.#wanted) this.release()
  }

  release(): void {
    if (!this.#timer) return
    this.close()
    this.#actions.hold(false)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
