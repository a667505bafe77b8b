import { closeSync, openSync, readSync } from 'node:fs'
import type { MemoryBudget } from '../storage/memoryBudget.js'

/** What is kept of all outputs together, at most and as a share of the budget, and at most of one; bytes. */
const KEPT = 16 << 20
const SHARE = 1 / 16
const LARGEST_WINDOW = 64 << 10
/** A window is worth reading if it holds so many pieces of the size that is asked for. */
const PIECES = 4
/** What is taken of the budget at once. */
const STEP = 64 << 10

interface Window {
  readonly from: number
  readonly bytes: Buffer
}

/**
 * Small segments of map outputs, read together with those behind them: the tasks of a stage that follow in a slot want these.
 * Without it a thousand outputs of a thousand small segments are a million files to open. Where memory is short windows are
 * smaller, or there are none: nobody is pushed out for them.
 */
export class ReadAhead {
  readonly #windows = new Map<string, Window>()
  readonly #size: number
  #used = 0
  #acquired = 0

  /** @param outputs how many files will be read */
  constructor(
    outputs: number,
    readonly budget: MemoryBudget,
  ) {
    this.#size = Math.min(LARGEST_WINDOW, Math.floor(Math.min(KEPT, budget.total * SHARE) / Math.max(1, outputs)))
  }

  /** Bytes of a file that is never changed; undefined if there are too many of them, fewer than wanted in the file, or no memory. */
  read(path: string, from: number, to: number): Buffer | undefined {
    if ((to - from) * PIECES > this.#size) return undefined
    let window = this.#windows.get(path)
    if (!window || from < window.from || to > window.from + window.bytes.length) {
      window = this.#load(path, from, (to - from) * PIECES)
      if (!window) return undefined
    }
    const bytes = window.bytes.subarray(from - window.from, to - window.from)
    return bytes.length === to - from ? bytes : undefined
  }

  /** Gives all memory back. What has been read goes on to be right for whoever has it. */
  clear(): void {
    this.#windows.clear()
    if (this.#acquired > 0) this.budget.release(this.#acquired)
    this.#used = 0
    this.#acquired = 0
  }

  #load(path: string, from: number, least: number): Window | undefined {
    this.#drop(path)
    let size = this.#size
    while (!this.#take(size)) {
      size >>= 1
      if (size < least) return undefined
    }
    // it counts before it is read: what is taken for a file that cannot be read comes back with all the rest
    const window = { from, bytes: readAt(path, from, size) }
    this.#windows.set(path, window)
    return window
  }

  #drop(path: string): void {
    this.#used -= this.#windows.get(path)?.bytes.buffer.byteLength ?? 0
    this.#windows.delete(path)
  }

  #take(bytes: number): boolean {
    const more = Math.ceil((this.#used + bytes - this.#acquired) / STEP) * STEP
    if (more > 0) {
      if (this.budget.free < more || !this.budget.tryAcquire(more)) return false
      this.#acquired += more
    }
    this.#used += bytes
    return true
  }
}

function readAt(path: string, from: number, size: number): Buffer {
  const fd = openSync(path, 'r')
  try {
    const bytes = Buffer.allocUnsafeSlow(size)
    return bytes.subarray(0, readSync(fd, bytes, 0, size, from))
  } finally {
    closeSync(fd)
  }
}
