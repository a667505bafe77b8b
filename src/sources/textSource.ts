import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { BatchSource } from '../plan/batchSource.js'
import type { FileSplit } from '../plan/taskHost.js'
import { LineSplitter } from './lineSplitter.js'
import { unreadable } from './listInput.js'

const CHUNK = 1 << 20
const LF = 10
const CR = 13

export interface InputMetrics {
  inputBytes: number
  inputRecords: number
}

/** The lines of a byte range: those that begin in it, or right at its end (Hadoop's LineRecordReader). */
export class TextSource implements BatchSource<string> {
  readonly #fd: number
  readonly #path: string
  readonly #metrics: InputMetrics
  readonly #end: number
  readonly #lines = new LineSplitter()
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK)
  #at: number
  #finished = false

  constructor({ path, start, length }: FileSplit, metrics: InputMetrics) {
    this.#path = path
    this.#metrics = metrics
    try {
      this.#fd = openSync(path, 'r')
    } catch (error) {
      throw unreadable(path, error)
    }
    try {
      const size = fstatSync(this.#fd).size
      this.#at = start === 0 ? 0 : this.#lineStart(start, size)
      this.#end = start + length >= size ? size : this.#lineStart(start + length, size)
    } catch (error) {
      closeSync(this.#fd)
      throw unreadable(path, error)
    }
    if (this.#at === 0) this.#lines.dropByteOrderMark()
  }

  next(): readonly string[] | null {
    for (;;) {
      const ready = this.#lines.take()
      if (ready) {
        this.#metrics.inputRecords += ready.length
        return ready
      }
      if (this.#finished) return null
      if (this.#at >= this.#end) {
        this.#finished = true
        this.#lines.finish()
        continue
      }
      const read = this.#read(this.#at, Math.min(CHUNK, this.#end - this.#at))
      if (read === 0) this.#at = this.#end
      this.#at += read
      this.#metrics.inputBytes += read
      this.#lines.add(this.#chunk.subarray(0, read))
    }
  }

  close(): void {
    closeSync(this.#fd)
  }

  #read(position: number, length: number): number {
    try {
      return readSync(this.#fd, this.#chunk, 0, length, position)
    } catch (error) {
      throw unreadable(this.#path, error)
    }
  }

  /** The first position behind a line end at or after `from`. */
  #lineStart(from: number, size: number): number {
    for (let at = from; at < size; ) {
      const read = this.#read(at, Math.min(64 * 1024, size - at))
      if (read === 0) return size
      for (let i = 0; i < read; i++) {
        const byte = this.#chunk[i]!
        if (byte === LF) return at + i + 1
        if (byte !== CR) continue
        if (i + 1 < read) return at + i + (this.#chunk[i + 1] === LF ? 2 : 1)
        if (at + i + 1 >= size) return size
        this.#read(at + i + 1, 1)
        return at + i + (this.#chunk[0] === LF ? 2 : 1)
      }
      at += read
    }
    return size
  }
}
