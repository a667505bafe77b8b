import * as zlib from 'node:zlib'
import { decompress as unzstd } from 'fzstd'
import { TsparkError } from '../events/tsparkError.js'

/** How the column of a frame is compressed: two bits of its header. */
export const RAW = 0
export const LZ4 = 1
export const ZSTD = 2

/** Longer blocks stay as they are: what decompresses them holds them whole, twice. */
export const LONGEST_BLOCK = 8 << 20

const LENGTH = 4

/** What node:zlib has from Node 22.15 on. */
interface Zstd {
  zstdCompressSync?(bytes: Uint8Array, options: { params: Record<number, number> }): Buffer
  zstdDecompressSync?(bytes: Uint8Array, options: { maxOutputLength: number }): Buffer
}
interface Lz4 {
  /** the length before (u32), then an lz4 block */
  compress(bytes: Uint8Array): Uint8Array
  decompress(bytes: Uint8Array): Uint8Array
}

const { zstdCompressSync, zstdDecompressSync } = zlib as Zstd
const ZSTD_LEVEL = { params: { [(zlib.constants as Record<string, number>).ZSTD_c_compressionLevel ?? 0]: 1 } }

export const hasZstd = zstdCompressSync !== undefined

let loaded: Lz4 | undefined

/** Loaded where it is first needed: most processes never compress. */
function lz4(): Lz4 {
  loaded ??= require('lz4-wasm-nodejs') as Lz4
  return loaded
}

/** The length of the bytes (u32), then the bytes compressed. */
export function pack(codec: typeof LZ4 | typeof ZSTD, bytes: Uint8Array): Uint8Array {
  if (codec === LZ4) return lz4().compress(bytes)
  const length = Buffer.allocUnsafe(LENGTH)
  length.writeUInt32LE(bytes.byteLength)
  return Buffer.concat([length, zstdCompressSync!(bytes, ZSTD_LEVEL)])
}

/** What `pack` was given; a block that is not what was packed is TSPARK_CHECKSUM. */
export function unpack(codec: number, block: Buffer): Buffer {
  try {
    const length = block.readUInt32LE(0)
    if (length > LONGEST_BLOCK) throw new Error(`no block has ${length} bytes`)
    const bytes = codec === LZ4 ? lz4().decompress(block) : codec === ZSTD ? fromZstd(block.subarray(LENGTH), length) : undefined
    if (bytes?.byteLength !== length) throw new Error(bytes ? `it has ${bytes.byteLength} bytes instead of ${length}` : `codec ${codec} is not known`)
    return Buffer.from(bytes.buffer, bytes.byteOffset, length)
  } catch (cause) {
    // lz4 throws texts
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TsparkError('TSPARK_CHECKSUM', `a compressed block is not what was written: ${why}`, { cause })
  }
}

/** Whoever has no zstd of its own reads what others have written all the same. */
function fromZstd(bytes: Buffer, length: number): Uint8Array {
  return zstdDecompressSync ? zstdDecompressSync(bytes, { maxOutputLength: length }) : unzstd(bytes, new Uint8Array(length))
}
