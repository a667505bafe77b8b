import { join } from 'node:path'
import { FrameReader, FrameWriter } from '../storage/frameFile.js'
import { decodeBatch, encodeBatch } from './frame.js'

const BATCH = 1024
let next = 0

/** A new name for a spill file; threads of a process share the folder. */
export function spillPath(dir: string): string {
  return join(dir, `spill-${process.pid}-${Math.random().toString(36).slice(2, 10)}-${next++}`)
}

/** Writes records, in an order the reader relies on, to a file of their own. Gives its path and size. */
export function writeRun(dir: string, records: Iterable<unknown>): { path: string; bytes: number } {
  const writer = new FrameWriter(spillPath(dir))
  try {
    let batch: unknown[] = []
    for (const record of records) {
      if (batch.push(record) < BATCH) continue
      writer.write(encodeBatch(batch))
      batch = []
    }
    if (batch.length > 0) writer.write(encodeBatch(batch))
    writer.finish()
  } catch (error) {
    writer.abort()
    throw error
  }
  return { path: writer.path, bytes: writer.bytes }
}

/** Reads a run record by record. */
export class RunReader {
  readonly #reader: FrameReader
  #batch: readonly unknown[] = []
  #at = 0

  constructor(path: string) {
    this.#reader = new FrameReader(path)
    this.#fill()
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
