import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { LIST } from '../closure/valueWriter.js'
import { FrameReader, FrameWriter } from '../storage/frameFile.js'
import type { BlockCompressor } from './blockCompressor.js'
import { decodeBatch, encodeBatch } from './frame.js'

const BATCH = 1024

/** The values of a group that is too large for memory, in a file: gone through any number of times, a batch in memory. */
export class SpilledGroup implements Iterable<unknown> {
  readonly #writer: FrameWriter
  #finished = false
  length = 0

  constructor(
    path: string,
    readonly compressor?: BlockCompressor,
  ) {
    mkdirSync(dirname(path), { recursive: true })
    this.#writer = new FrameWriter(path)
  }

  add(values: readonly unknown[]): void {
    for (let at = 0; at < values.length; at += BATCH) this.#writer.write(encodeBatch(values.slice(at, at + BATCH), this.compressor))
    this.length += values.length
  }

  *[Symbol.iterator](): Iterator<unknown> {
    this.#finish()
    const reader = new FrameReader(this.#writer.path)
    try {
      for (let frame = reader.next(); frame !== null; frame = reader.next()) yield* decodeBatch(frame, 0).records
    } finally {
      reader.close()
    }
  }

  /** Where a group is sent or kept it is an array like any other. */
  [LIST](): unknown[] {
    return [...this]
  }

  remove(): void {
    this.#finish()
    rmSync(this.#writer.path, { force: true })
  }

  #finish(): void {
    if (!this.#finished) this.#writer.finish()
    this.#finished = true
  }
}
