import { closeSync, mkdirSync, openSync, renameSync, rmSync, writevSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { diskError } from './diskError.js'

/** Chunks up to this size are gathered until so many bytes are there. */
const SMALL = 8 << 10
const PENDING = 64 << 10

/** Writes a file of segments and its index under temporary names; both exist only after `commit`. */
export class BlockFileWriter {
  readonly #fd: number
  readonly #offsets: Float64Array
  readonly #checksums: Uint32Array
  #segment = 0
  #at = 0
  #crc = 0
  #closed = false
  /** small chunks on their way, in one piece */
  #pending: Buffer | undefined
  #pendingBytes = 0

  constructor(
    /** without ending */
    readonly path: string,
    readonly segments: number,
  ) {
    this.#offsets = new Float64Array(segments + 1)
    this.#checksums = new Uint32Array(segments)
    try {
      mkdirSync(dirname(path), { recursive: true })
      this.#fd = openSync(`${path}.data.tmp`, 'w', 0o600)
    } catch (error) {
      throw diskError(error, path)
    }
  }

  get bytes(): number {
    return this.#at
  }

  /** Size of a finished segment, bytes. */
  sizeOf(segment: number): number {
    return this.#offsets[segment + 1]! - this.#offsets[segment]!
  }

  /** Adds to the current segment. */
  write(chunks: readonly Uint8Array[]): void {
    let large: Uint8Array[] = []
    for (const chunk of chunks) {
      this.#crc = crc32(chunk, this.#crc)
      this.#at += chunk.byteLength
      if (chunk.byteLength > SMALL) large.push(chunk)
      else {
        if (large.length > 0) this.#writeAll(large)
        large = []
        this.#gather(chunk)
      }
    }
    if (large.length > 0) this.#writeAll(large)
  }

  /** Many small segments are one write. */
  #gather(chunk: Uint8Array): void {
    this.#pending ??= Buffer.allocUnsafe(PENDING)
    if (this.#pendingBytes + chunk.byteLength > PENDING) this.#writeAll([])
    this.#pending.set(chunk, this.#pendingBytes)
    this.#pendingBytes += chunk.byteLength
  }

  /** What has been gathered, and chunks that come after it. */
  #writeAll(chunks: readonly Uint8Array[]): void {
    let rest = this.#pendingBytes > 0 ? [this.#pending!.subarray(0, this.#pendingBytes), ...chunks] : [...chunks]
    this.#pendingBytes = 0
    try {
      while (rest.length > 0) {
        let written = writevSync(this.#fd, rest.slice(0, 1000))
        let whole = 0
        while (whole < rest.length && written >= rest[whole]!.byteLength) written -= rest[whole++]!.byteLength
        rest = rest.slice(whole)
        if (written > 0) rest[0] = rest[0]!.subarray(written)
      }
    } catch (error) {
      throw diskError(error, `${this.path}.data`)
    }
  }

  /** Ends the current segment; gives its checksum. */
  endSegment(): number {
    const checksum = this.#crc
    this.#checksums[this.#segment] = checksum
    this.#segment++
    this.#offsets[this.#segment] = this.#at
    this.#crc = 0
    return checksum
  }

  commit(): void {
    while (this.#segment < this.segments) this.endSegment()
    const index = Buffer.concat([bytesOf(this.#offsets), bytesOf(this.#checksums), Buffer.alloc(4)])
    index.writeUInt32LE(crc32(index.subarray(0, -4)), index.length - 4)
    this.#writeAll([])
    try {
      this.#close()
      const fd = openSync(`${this.path}.index.tmp`, 'w', 0o600)
      try {
        writevSync(fd, [index])
      } finally {
        closeSync(fd)
      }
      // the index last: where it is, the data are
      renameSync(`${this.path}.data.tmp`, `${this.path}.data`)
      renameSync(`${this.path}.index.tmp`, `${this.path}.index`)
    } catch (error) {
      throw diskError(error, this.path)
    }
  }

  abort(): void {
    this.#close()
    for (const ending of ['.data.tmp', '.index.tmp']) rmSync(this.path + ending, { force: true })
  }

  /** Once only: the number may be another thread's file by then. */
  #close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#fd)
  }
}

function bytesOf(array: Float64Array | Uint32Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength)
}
