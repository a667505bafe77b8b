import { FrameReader } from '../storage/frameFile.js'
import { decodeBatch } from './frame.js'

/** Reads a spilled run record by record. */
export class RunReader {
  readonly #reader: FrameReader
  #batch: readonly unknown[] = []
  #at = 0

  constructor(path: string) {
    this.#reader = new FrameReader(path)
    try {
      this.#fill()
    } catch (error) {
      this.#reader.close()
      throw error
    }
  }

  get done(): boolean {
    return this.#at >= this.#batch.length
  }

  get head(): unknown {
    return this.#batch[this.#at]
  }

  advance(): void {
    this.#at++
    if (this.#at >= this.#batch.length) this.#fill()
  }

  close(): void {
    this.#reader.close()
  }

  #fill(): void {
    const frame = this.#reader.next()
    this.#batch = frame === null ? [] : decodeBatch(frame, 0).records
    this.#at = 0
  }
}
