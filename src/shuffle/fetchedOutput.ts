import type { FetchedFile } from './fetchedFile.js'
import { FrameCutter } from './frameCutter.js'
import type { FramePairs } from './framePairs.js'

/** The segments of one map output of another host, verified; those for which there is no room in memory lie in files. */
export class FetchedOutput {
  readonly #cutter = new FrameCutter()
  readonly #segments: (Buffer | FetchedFile)[] = []
  #at = 0
  /** what of it is in memory */
  bytes = 0

  /** @param onDamage makes the error of what cannot be decoded, though its checksum was right */
  constructor(readonly onDamage: (cause: Error) => Error) {}

  add(segment: Buffer | FetchedFile): void {
    this.#segments.push(segment)
    if (Buffer.isBuffer(segment)) this.bytes += segment.length
  }

  next(): FramePairs | undefined {
    for (;;) {
      const pairs = this.#decode()
      if (pairs) return pairs
      const segment = this.#segments[this.#at]
      if (segment === undefined) return undefined
      const piece = Buffer.isBuffer(segment) ? segment : segment.read()
      if (piece) this.#cutter.add(piece)
      if (piece === undefined || piece === segment) this.#at++
    }
  }

  close(): void {
    for (const segment of this.#segments.splice(0)) if (!Buffer.isBuffer(segment)) segment.close()
  }

  #decode(): FramePairs | undefined {
    try {
      return this.#cutter.next()
    } catch (error) {
      throw this.onDamage(error as Error)
    }
  }
}
