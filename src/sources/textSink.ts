import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Lines } from '../plan/batchSource.js'
import { diskError } from '../storage/diskError.js'

const BUFFERED = 256 * 1024

/** Writes one part of a text output under a name of the attempt's own; the driver gives it its final name. */
export class TextSink {
  readonly #path: string
  readonly #fd: number
  readonly #gzip: boolean
  #lines: string[] = []
  #chars = 0
  #open = true
  #members = 0
  bytes = 0
  records = 0

  constructor(spec: { staging: string; partition: number; compression: 'none' | 'gzip' }, taskId: number) {
    this.#gzip = spec.compression === 'gzip'
    this.#path = join(spec.staging, `.attempt-${taskId}`)
    try {
      this.#fd = openSync(this.#path, 'w')
    } catch (error) {
      throw diskError(error, this.#path)
    }
  }

  write(line: string): void {
    this.#lines.push(line)
    this.records++
    this.#chars += line.length + 1
    if (this.#chars >= BUFFERED) this.#flushLines()
  }

  writeLines({ bytes, count }: Lines): void {
    this.#flushLines()
    this.#writeOut(bytes)
    this.records += count
  }

  /** Gives the name of the file. */
  commit(): string {
    // an empty gzip file is a member too, or readers would call it torn
    this.#flushLines()
    if (this.#gzip && this.#members === 0) this.#writeOut(new Uint8Array(0))
    this.#close()
    return basename(this.#path)
  }

  abort(): void {
    if (this.#open) this.#close()
    rmSync(this.#path, { force: true })
  }

  #flushLines(): void {
    if (this.#lines.length === 0) return
    const text = `${this.#lines.join('\n')}\n`
    this.#lines = []
    this.#chars = 0
    this.#writeOut(Buffer.from(text))
  }

  #writeOut(plain: Uint8Array): void {
    const bytes = this.#gzip ? gzipSync(plain) : plain
    this.#members++
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at)
    } catch (error) {
      throw diskError(error, this.#path)
    }
    this.bytes += bytes.length
  }

  #close(): void {
    this.#open = false
    closeSync(this.#fd)
  }
}
