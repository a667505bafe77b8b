import { decodeBatch, frameLength } from './frame.js'

/** Cuts frames out of bytes that come in pieces. */
export class FrameCutter {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0

  add(piece: Buffer): void {
    this.#bytes = this.#at >= this.#bytes.length ? piece : Buffer.concat([this.#bytes.subarray(this.#at), piece])
    this.#at = 0
  }

  /** The records of the next frame that is complete. */
  next(): unknown[] | undefined {
    const length = frameLength(this.#bytes, this.#at)
    if (length === undefined || this.#at + length > this.#bytes.length) return undefined
    const { records, next } = decodeBatch(this.#bytes, this.#at)
    this.#at = next
    return records
  }
}
