import { ByteReader } from './byteReader.js'
import { ColumnKind } from './columnKind.js'
import { isCompressed } from './frame.js'

const { INTS, DOUBLES, BOOLEANS, NULLS, TUPLES, OBJECTS } = ColumnKind

/** Whether a frame holds nothing but numbers, booleans, nulls, and tuples and plain objects of these, uncompressed: its rows are made about as fast as rows in memory are read. */
export function isQuickToRead(frame: Uint8Array): boolean {
  if (isCompressed(frame)) return false
  const reader = new ByteReader(frame, 4)
  return isQuick(reader, reader.u32())
}

function isQuick(reader: ByteReader, count: number): boolean {
  switch (reader.u8()) {
    case INTS:
      reader.at += 4 * count
      return true
    case DOUBLES:
      reader.at += 8 * count
      return true
    case BOOLEANS:
      reader.at += count
      return true
    case NULLS:
      return true
    case TUPLES:
      return allQuick(reader, reader.u8(), count)
    case OBJECTS: {
      const width = reader.u8()
      for (let field = 0; field < width; field++) reader.text()
      return allQuick(reader, width, count)
    }
    default:
      return false
  }
}

function allQuick(reader: ByteReader, width: number, count: number): boolean {
  for (let field = 0; field < width; field++) if (!isQuick(reader, count)) return false
  return true
}
