import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { TsparkError } from '../events/tsparkError.js'

/** Where the segments of a block file begin and what their checksums are. */
export interface BlockIndex {
  /** one more than there are segments */
  readonly offsets: Float64Array
  readonly checksums: Uint32Array
}

/** Reads and verifies an index file: R+1 f64 offsets, R u32 crc32, then the crc32 of all before; little endian. */
export function readBlockIndex(path: string): BlockIndex {
  return parseBlockIndex(readFileSync(path), path)
}

/** The same for the bytes of an index file; `name` is for the message. */
export function parseBlockIndex(raw: Buffer, name: string): BlockIndex {
  const segments = (raw.length - 12) / 12
  if (!Number.isInteger(segments) || segments < 0 || crc32(raw.subarray(0, -4)) !== raw.readUInt32LE(raw.length - 4)) {
    throw new TsparkError('TSPARK_CHECKSUM', `checksum mismatch in ${name}`)
  }
  const offsets = new Float64Array(segments + 1)
  const checksums = new Uint32Array(segments)
  for (let i = 0; i <= segments; i++) offsets[i] = raw.readDoubleLE(i * 8)
  for (let i = 0; i < segments; i++) checksums[i] = raw.readUInt32LE((segments + 1) * 8 + i * 4)
  return { offsets, checksums }
}
