import type { NumberColumns } from '../plan/batchSource.js'
import { RAW, unpack } from './blockCodecs.js'
import type { BlockCompressor } from './blockCompressor.js'
import { ByteReader } from './byteReader.js'
import { ByteWriter } from './byteWriter.js'
import type { FramePairs } from './framePairs.js'
import { readColumn, readPairs } from './readColumn.js'
import { writeColumn, writeNumberPairs, writePairs } from './writeColumn.js'

// A frame: u32 length of what follows, u32 number of records and how the column is compressed, one column that holds the records.

const HEAD = 8
/** the codec lies above the number of records */
const CODEC_SHIFT = 30
const COUNT_MASK = 2 ** CODEC_SHIFT - 1

const writer = new ByteWriter()

/** Records as one self-delimiting frame, by column where their shapes allow it, exact in any case. */
export function encodeBatch(records: readonly unknown[], compressor?: BlockCompressor): Uint8Array {
  begin(records.length)
  writeColumn(writer, records)
  return finish(records.length, compressor)
}

/** Pairs as one frame, the same as `encodeBatch` makes of tuples. @param onColumn is shown the column as it is before it is compressed */
export function encodePairs(
  keys: readonly unknown[],
  values: readonly unknown[],
  compressor?: BlockCompressor,
  onColumn?: (frame: Uint8Array, at: number) => void,
): Uint8Array {
  begin(keys.length)
  writePairs(writer, keys, values)
  onColumn?.(writer.view(), HEAD)
  return finish(keys.length, compressor)
}

/** Pairs of numbers as one frame, the same as `encodePairs` makes of them. */
export function encodeNumbers(numbers: NumberColumns, compressor?: BlockCompressor): Uint8Array {
  begin(numbers.keys.length)
  writeNumberPairs(writer, numbers)
  return finish(numbers.keys.length, compressor)
}

/** The records of the frame at `offset`, and where the next one begins. */
export function decodeBatch(bytes: Uint8Array, offset: number): { records: unknown[]; next: number } {
  const { column, count, next } = open(bytes, offset)
  return { records: readColumn(column, count), next }
}

/** The pairs of the frame at `offset` as columns, and where the next one begins. */
export function decodePairs(bytes: Uint8Array, offset: number): { pairs: FramePairs; next: number } {
  const { column, count, next } = open(bytes, offset)
  return { pairs: readPairs(column, count), next }
}

/** The length of the frame that begins at `offset`, header included; undefined if the bytes end before it is told. */
export function frameLength(bytes: Uint8Array, offset: number): number | undefined {
  return offset + 4 <= bytes.byteLength ? 4 + new ByteReader(bytes, offset).u32() : undefined
}

export function isCompressed(frame: Uint8Array): boolean {
  return new ByteReader(frame, 4).u32() >>> CODEC_SHIFT !== RAW
}

/** The length that a frame has, or would have if it were not compressed. */
export function unpackedLength(frame: Uint8Array): number {
  return isCompressed(frame) ? HEAD + new ByteReader(frame, HEAD).u32() : frame.byteLength
}

function begin(count: number): void {
  writer.reset()
  writer.u32(0)
  writer.u32(count)
}

function finish(count: number, compressor: BlockCompressor | undefined): Uint8Array {
  const packed = compressor?.pack(writer.view().subarray(HEAD))
  if (!packed) return writer.finish()
  const { codec, bytes } = packed
  const frame = Buffer.allocUnsafeSlow(HEAD + bytes.byteLength)
  frame.writeUInt32LE(frame.length - 4, 0)
  frame.writeUInt32LE(codec * 2 ** CODEC_SHIFT + count, 4)
  frame.set(bytes, HEAD)
  return frame
}

function open(bytes: Uint8Array, offset: number): { column: ByteReader; count: number; next: number } {
  const reader = new ByteReader(bytes, offset)
  const length = reader.u32()
  const next = reader.at + length
  const head = reader.u32()
  const codec = head >>> CODEC_SHIFT
  const column = codec === RAW ? reader : new ByteReader(unpack(codec, reader.bytes(next - reader.at)), 0)
  return { column, count: head & COUNT_MASK, next }
}
