import { decodePairs, frameLength } from './frame.js'
import type { FramePairs } from './framePairs.js'

/** Cuts frames of pairs out of bytes that come in pieces. */
export class FrameCutter {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  /** pieces of a frame that is not whole yet: joined once, however many they are */
  #later: Buffer[] = []
  #laterBytes = 0

  add(piece: Buffer): void {
    this.#later.push(piece)
    this.#laterBytes += piece.length
  }

  /** The pairs of the next frame that is complete. */
  next(): FramePairs | undefined {
    const rest = this.#bytes.length - this.#at
    const length = frameLength(this.#bytes, this.#at)
    if (length === undefined || length > rest) {
      if (this.#laterBytes === 0 || (length !== undefined && length > rest + this.#laterBytes)) return undefined
      this.#bytes = rest === 0 && this.#later.length === 1 ? this.#later[0]! : Buffer.concat([this.#bytes.subarray(this.#at), ...this.#later])
      this.#at = 0
      this.#later = []
      this.#laterBytes = 0
      return this.next()
    }
    const { pairs, next } = decodePairs(this.#bytes, this.#at)
    this.#at = next
    return pairs
  }
}
