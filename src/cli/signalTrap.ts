export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

const SIGNALS: readonly EndSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** What a shell expects of a process that a signal ended. */
export const SIGNAL_EXIT_CODES: Readonly<Record<EndSignal, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }

/** Catches the signals that end a run from the first instant on; those that come before a handler is there are kept for it. */
export class SignalTrap {
  #early: EndSignal[] = []
  #handler: ((signal: EndSignal) => void) | undefined

  constructor() {
    for (const signal of SIGNALS) process.on(signal, () => this.#caught(signal))
  }

  /** Hands every signal, also those caught before, to `handler`. */
  handle(handler: (signal: EndSignal) => void): void {
    this.#handler = handler
    for (const signal of this.#early.splice(0)) handler(signal)
  }

  #caught(signal: EndSignal): void {
    if (this.#handler) this.#handler(signal)
    else this.#early.push(signal)
  }
}
