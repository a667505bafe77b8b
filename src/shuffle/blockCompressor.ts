import type { CompressionCodec } from '../protocol/executorMessages.js'
import { hasZstd, LONGEST_BLOCK, LZ4, pack, type RAW, ZSTD } from './blockCodecs.js'

/** Shorter blocks are not worth the call. */
const SHORTEST_BLOCK = 256
/** Setting zstd up takes longer than compressing less than this by lz4. */
const SHORTEST_ZSTD = 4096
/** Compressed data have to be so many times smaller, or else they are not kept. */
const WORTH = 1.1
/** Blocks that are passed over after one that did not pay; twice as many each time, up to the second number. */
const FIRST_PAUSE = 8
const LONGEST_PAUSE = 256

export type Packed = { readonly codec: Exclude<number, typeof RAW>; readonly bytes: Uint8Array }

/** Compresses the blocks of one collection as long as that pays. */
export class BlockCompressor {
  readonly #codec: CompressionCodec
  #pause = 0
  #passing = 0

  constructor(codec: CompressionCodec) {
    this.#codec = codec
  }

  /** One for a codec; undefined where nothing is to be compressed. */
  static of(codec: CompressionCodec | undefined): BlockCompressor | undefined {
    return codec && new BlockCompressor(codec)
  }

  /** The block as `unpack` reads it; undefined if it should stay as it is. */
  pack(block: Uint8Array): Packed | undefined {
    const { byteLength } = block
    if (byteLength < SHORTEST_BLOCK || byteLength > LONGEST_BLOCK) return undefined
    if (this.#passing > 0) {
      this.#passing--
      return undefined
    }
    const codec = hasZstd && (this.#codec === 'zstd' || (this.#codec === 'auto' && byteLength >= SHORTEST_ZSTD)) ? ZSTD : LZ4
    const bytes = pack(codec, block)
    if (byteLength >= bytes.byteLength * WORTH) {
      this.#pause = 0
      return { codec, bytes }
    }
    this.#pause = Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, this.#pause * 2))
    this.#passing = this.#pause
    return undefined
  }
}
