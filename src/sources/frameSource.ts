import { rmSync } from 'node:fs'
import type { BatchSource } from '../plan/batchSource.js'
import { decodeBatch } from '../shuffle/frame.js'
import { FrameReader } from '../storage/frameFile.js'

/** The records of a file of frames: an object file, a spilled buffer, a cached partition on disk. */
export class FrameSource implements BatchSource {
  readonly #reader: FrameReader
  constructor(
    path: string,
    /** remove the file at the end: nobody else reads it */
    readonly temporary: boolean,
  ) {
    this.#reader = new FrameReader(path)
  }
  next(): readonly unknown[] | null {
    const frame = this.#reader.next()
    return frame === null ? null : decodeBatch(frame, 0).records
  }
  close(): void {
    this.#reader.close()
    if (this.temporary) rmSync(this.#reader.path, { force: true })
  }
}
