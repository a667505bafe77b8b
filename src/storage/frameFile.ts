import { closeSync, fstatSync, openSync, readSync, rmSync, writevSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { TsparkError } from '../events/tsparkError.js'
import { diskError } from './diskError.js'

const HEAD = 8
const BUFFERED = 1 << 20

/** Writes frames one after the other, each with its length and crc32. */
export class FrameWriter {
  readonly #fd: number
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #closed = false
  bytes = 0

  constructor(readonly path: string) {
    try {
      this.#fd = openSync(path, 'w', 0o600)
    } catch (error) {
      throw diskError(error, path)
    }
  }

  write(frame: Uint8Array): void {
    const head = Buffer.allocUnsafe(HEAD)
    head.writeUInt32LE(frame.byteLength, 0)
    head.writeUInt32LE(crc32(frame), 4)
    this.#waiting.push(head, frame)
    this.#waitingBytes += HEAD + frame.byteLength
    if (this.#waitingBytes >= BUFFERED) this.#flush()
  }

  finish(): void {
    this.#flush()
    this.#close()
  }

  /** Closes and removes the file. */
  abort(): void {
    this.#close()
    rmSync(this.path, { force: true })
  }

  /** Once only: the number may be another thread's file by then. */
  #close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#fd)
  }

  #flush(): void {
    let parts = this.#waiting
    this.#waiting = []
    this.bytes += this.#waitingBytes
    this.#waitingBytes = 0
    try {
      while (parts.length > 0) {
        let written = writevSync(this.#fd, parts)
        while (parts.length > 0 && written >= parts[0]!.byteLength) written -= parts.shift()!.byteLength
        if (written > 0) parts = [parts[0]!.subarray(written), ...parts.slice(1)]
      }
    } catch (error) {
      throw diskError(error, this.path)
    }
  }
}

/** Reads frames back and verifies each. */
export class FrameReader {
  readonly #fd: number
  readonly #size: number
  #at = 0

  constructor(readonly path: string) {
    this.#fd = openSync(path, 'r')
    this.#size = fstatSync(this.#fd).size
  }

  /** The next frame, in memory of its own; null at the end. */
  next(): Uint8Array | null {
    if (this.#at >= this.#size) return null
    const head = this.#read(HEAD)
    const frame = this.#read(head.readUInt32LE(0))
    if (crc32(frame) !== head.readUInt32LE(4)) throw broken(this.path)
    return frame
  }

  close(): void {
    closeSync(this.#fd)
  }

  #read(length: number): Buffer {
    if (this.#at + length > this.#size) throw broken(this.path)
    const bytes = Buffer.allocUnsafeSlow(length)
    for (let got = 0; got < length; ) {
      const read = readSync(this.#fd, bytes, got, length - got, this.#at + got)
      if (read === 0) throw broken(this.path)
      got += read
    }
    this.#at += length
    return bytes
  }
}

function broken(path: string): TsparkError {
  return new TsparkError('TSPARK_CHECKSUM', `checksum mismatch: ${path} is not what was written`)
}
