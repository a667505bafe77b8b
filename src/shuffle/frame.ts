import { ByteReader } from './byteReader.js'
import { ByteWriter } from './byteWriter.js'
import type { FramePairs } from './framePairs.js'
import { readColumn, readPairs } from './readColumn.js'
import { writeColumn, writePairs } from './writeColumn.js'

// A frame: u32 length of what follows, u32 number of records, one column that holds the records.

const writer = new ByteWriter()

/** Records as one self-delimiting frame, by column where their shapes allow it, exact in any case. */
export function encodeBatch(records: readonly unknown[]): Uint8Array {
  writer.reset()
  writer.u32(0)
  writer.u32(records.length)
  writeColumn(writer, records)
  return writer.finish()
}

/** Pairs as one frame, the same as `encodeBatch` makes of tuples. */
export function encodePairs(keys: readonly unknown[], values: readonly unknown[]): Uint8Array {
  writer.reset()
  writer.u32(0)
  writer.u32(keys.length)
  writePairs(writer, keys, values)
  return writer.finish()
}

/** The records of the frame at `offset`, and where the next one begins. */
export function decodeBatch(bytes: Uint8Array, offset: number): { records: unknown[]; next: number } {
  const reader = new ByteReader(bytes, offset)
  const length = reader.u32()
  const next = reader.at + length
  const count = reader.u32()
  return { records: readColumn(reader, count), next }
}

/** The pairs of the frame at `offset` as columns, and where the next one begins. */
export function decodePairs(bytes: Uint8Array, offset: number): { pairs: FramePairs; next: number } {
  const reader = new ByteReader(bytes, offset)
  const length = reader.u32()
  const next = reader.at + length
  const count = reader.u32()
  return { pairs: readPairs(reader, count), next }
}

/** The length of the frame that begins at `offset`, header included; undefined if the bytes end before it is told. */
export function frameLength(bytes: Uint8Array, offset: number): number | undefined {
  return offset + 4 <= bytes.byteLength ? 4 + new ByteReader(bytes, offset).u32() : undefined
}
