import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { TsparkError } from '../events/tsparkError.js'
import { diskError } from '../storage/diskError.js'
import { spillPath } from './spillPath.js'

const PIECE = 1 << 20

/** A segment from another host for which there is no room in memory. Its file loses its name at once, so that nothing is ever left of it. */
export class FetchedFile {
  readonly #path: string
  readonly #fd: number
  #length = 0
  #at = 0
  #readCrc = 0
  #closed = false
  /** of what was written */
  crc = 0

  constructor(dir: string) {
    this.#path = spillPath(dir)
    try {
      mkdirSync(dir, { recursive: true })
      this.#fd = openSync(this.#path, 'wx+', 0o600)
      rmSync(this.#path)
    } catch (error) {
      throw diskError(error, this.#path)
    }
  }

  write(bytes: Uint8Array): void {
    this.crc = crc32(bytes, this.crc)
    try {
      for (let at = 0; at < bytes.byteLength; ) {
        const written = writeSync(this.#fd, bytes, at, bytes.byteLength - at, this.#length)
        at += written
        this.#length += written
      }
    } catch (error) {
      throw diskError(error, this.#path)
    }
  }

  /** The next piece of what was written; undefined at the end. */
  read(): Buffer | undefined {
    if (this.#at >= this.#length) return undefined
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE, this.#length - this.#at))
    let got = 0
    try {
      for (let read = -1; got < piece.length && read !== 0; got += read) read = readSync(this.#fd, piece, got, piece.length - got, this.#at + got)
    } catch (error) {
      throw diskError(error, this.#path)
    }
    this.#at += got
    this.#readCrc = crc32(piece, this.#readCrc)
    if (got < piece.length || (this.#at === this.#length && this.#readCrc !== this.crc)) {
      throw new TsparkError('TSPARK_CHECKSUM', `checksum mismatch: ${this.#path} is not what was written`)
    }
    return piece
  }

  /** Once only: the number may be another thread's file by then. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#fd)
  }
}
