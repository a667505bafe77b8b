import { closeSync, openSync, readSync, rmSync, writevSync } from 'node:fs'
import type { BlockFileWriter } from '../storage/blockFile.js'
import { diskError } from '../storage/diskError.js'
import { encodeBatch } from './frame.js'
import { MemoryUse } from './memoryUse.js'
import type { SpillOptions } from './spillOptions.js'
import { spillPath } from './spillPath.js'
import { TsparkError } from '../events/tsparkError.js'
import { crc32 } from 'node:zlib'

const BATCH = 1024
/** Records that wait for their frames, over all segments together. */
const MOST_WAITING = 64 * 1024
const PIECE = 1 << 20

interface Spill {
  readonly path: string
  readonly fd: number
  readonly offsets: Float64Array
  readonly checksums: Uint32Array
}

/** Records by segment as frames; what does not fit in memory goes to a file that is copied together at the end. */
export class SegmentBuffer {
  readonly #waiting: unknown[][]
  #waitingCount = 0
  #frames: Uint8Array[][]
  #bytes = 0
  readonly #spills: Spill[] = []
  readonly #use: MemoryUse

  constructor(
    readonly segments: number,
    readonly options: SpillOptions,
  ) {
    this.#waiting = Array.from({ length: segments }, () => [])
    this.#frames = Array.from({ length: segments }, () => [])
    this.#use = new MemoryUse(options.budget)
  }

  add(segment: number, record: unknown): void {
    const waiting = this.#waiting[segment]!
    this.#waitingCount++
    if (waiting.push(record) >= BATCH) this.#encode(segment)
    else if (this.#waitingCount >= MOST_WAITING) for (let each = 0; each < this.segments; each++) this.#encode(each)
  }

  /** Writes all segments in order. */
  writeTo(file: BlockFileWriter): void {
    for (let segment = 0; segment < this.segments; segment++) {
      for (const spill of this.#spills) copySegment(spill, segment, file)
      const rest = this.#waiting[segment]!
      if (rest.length > 0) this.#frames[segment]!.push(encodeBatch(rest))
      this.#waiting[segment] = []
      file.write(this.#frames[segment]!)
      this.#frames[segment] = []
      file.endSegment()
    }
  }

  close(): void {
    for (const { fd, path } of this.#spills.splice(0)) {
      closeSync(fd)
      rmSync(path, { force: true })
    }
    this.#frames = []
    this.#use.release()
  }

  #encode(segment: number): void {
    const records = this.#waiting[segment]!
    if (records.length === 0) return
    this.#waitingCount -= records.length
    this.#waiting[segment] = []
    const frame = encodeBatch(records)
    this.#frames[segment]!.push(frame)
    this.#bytes += frame.byteLength
    if (!this.#use.reach(this.#bytes)) this.#spill()
  }

  #spill(): void {
    const path = spillPath(this.options.spillDir)
    const offsets = new Float64Array(this.segments + 1)
    const checksums = new Uint32Array(this.segments)
    try {
      const fd = openSync(path, 'wx+', 0o600)
      this.#spills.push({ path, fd, offsets, checksums })
      for (let segment = 0; segment < this.segments; segment++) {
        let size = 0
        for (const frame of this.#frames[segment]!) {
          checksums[segment] = crc32(frame, checksums[segment])
          size += frame.byteLength
          for (let rest = frame; rest.byteLength > 0; ) rest = rest.subarray(writevSync(fd, [rest]))
        }
        offsets[segment + 1] = offsets[segment]! + size
        this.#frames[segment] = []
      }
    } catch (error) {
      throw diskError(error, path)
    }
    this.options.metrics.spills++
    this.options.metrics.spilledBytes += this.#bytes
    this.#bytes = 0
    this.#use.release()
  }
}

function copySegment({ fd, path, offsets, checksums }: Spill, segment: number, file: BlockFileWriter): void {
  const piece = Buffer.allocUnsafe(PIECE)
  let crc = 0
  for (let at = offsets[segment]!; at < offsets[segment + 1]!; ) {
    const read = readSync(fd, piece, 0, Math.min(PIECE, offsets[segment + 1]! - at), at)
    if (read === 0) break
    crc = crc32(piece.subarray(0, read), crc)
    file.write([piece.subarray(0, read)])
    at += read
  }
  if (crc !== checksums[segment]) throw new TsparkError('TSPARK_CHECKSUM', `checksum mismatch: spill file ${path} is not what was written`)
}
