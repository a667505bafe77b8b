import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { TsparkError } from '../events/tsparkError.js'
import type { BlockFileWriter } from '../storage/blockFile.js'
import { diskError } from '../storage/diskError.js'
import { spillPath } from './spillPath.js'

const PIECE = 1 << 20

/** Frames of all segments that had to leave memory, in a file that is open until it is copied. */
export class SegmentSpill {
  private constructor(
    readonly path: string,
    readonly fd: number,
    readonly offsets: Float64Array,
    readonly checksums: Uint32Array,
  ) {}

  static write(dir: string, frames: readonly (readonly Uint8Array[])[]): SegmentSpill {
    const path = spillPath(dir)
    const offsets = new Float64Array(frames.length + 1)
    const checksums = new Uint32Array(frames.length)
    let spill: SegmentSpill | undefined
    try {
      mkdirSync(dir, { recursive: true })
      spill = new SegmentSpill(path, openSync(path, 'wx+', 0o600), offsets, checksums)
      for (const [segment, list] of frames.entries()) {
        // many small frames in one write
        const bytes = list.length === 1 ? list[0]! : Buffer.concat(list)
        checksums[segment] = crc32(bytes)
        offsets[segment + 1] = offsets[segment]! + bytes.byteLength
        for (let at = 0; at < bytes.byteLength; ) at += writeSync(spill.fd, bytes, at)
      }
      return spill
    } catch (error) {
      spill?.close()
      throw diskError(error, path)
    }
  }

  /** Adds a segment's bytes to the current segment of a file. */
  copy(segment: number, file: BlockFileWriter): void {
    const end = this.offsets[segment + 1]!
    const piece = Buffer.allocUnsafe(Math.min(PIECE, end - this.offsets[segment]!))
    let crc = 0
    for (let at = this.offsets[segment]!; at < end; ) {
      const read = readSync(this.fd, piece, 0, Math.min(piece.length, end - at), at)
      if (read === 0) break
      const bytes = piece.subarray(0, read)
      crc = crc32(bytes, crc)
      file.write([bytes])
      at += read
    }
    if (crc !== this.checksums[segment]) throw new TsparkError('TSPARK_CHECKSUM', `checksum mismatch: ${this.path} is not what was written`)
  }

  close(): void {
    closeSync(this.fd)
    rmSync(this.path, { force: true })
  }
}
