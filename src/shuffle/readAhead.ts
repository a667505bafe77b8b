import { closeSync, openSync, readSync } from 'node:fs'

/** What is kept of all outputs together, and at most of one; bytes. */
const KEPT = 16 << 20
const LARGEST_WINDOW = 64 << 10
/** A window is worth reading if it holds so many pieces of the size that is asked for. */
const PIECES = 4

interface Window {
  readonly from: number
  readonly bytes: Buffer
}

/**
 * Small segments of map outputs, read together with those behind them: the tasks of a stage that follow in a slot want these.
 * Without it a thousand outputs of a thousand small segments are a million files to open.
 */
export class ReadAhead {
  readonly #windows = new Map<string, Window>()
  readonly #size: number

  /** @param outputs how many files will be read */
  constructor(outputs: number) {
    this.#size = Math.min(LARGEST_WINDOW, Math.floor(KEPT / Math.max(1, outputs)))
  }

  /** Bytes of a file that is never changed; undefined if there are too many of them, or fewer than wanted in the file. */
  read(path: string, from: number, to: number): Buffer | undefined {
    if ((to - from) * PIECES > this.#size) return undefined
    let window = this.#windows.get(path)
    if (!window || from < window.from || to > window.from + window.bytes.length) {
      window = { from, bytes: this.#load(path, from) }
      this.#windows.set(path, window)
    }
    const bytes = window.bytes.subarray(from - window.from, to - window.from)
    return bytes.length === to - from ? bytes : undefined
  }

  #load(path: string, from: number): Buffer {
    const fd = openSync(path, 'r')
    try {
      const bytes = Buffer.allocUnsafeSlow(this.#size)
      return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from))
    } finally {
      closeSync(fd)
    }
  }
}
