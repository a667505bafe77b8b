import { decodeRecordValues } from '../closure/decodeValue.js'
import type { ByteReader } from './byteReader.js'
import { AsciiColumn, type Column, ListColumn } from './column.js'
import { ColumnKind } from './columnKind.js'
import { FramePairs } from './framePairs.js'
import { objectMaker, type RowColumn, tupleMaker } from './rowMaker.js'

const { EXACT, STRINGS, INTS, DOUBLES, BOOLEANS, NULLS, TUPLES, LISTS, OBJECTS, SPARSE } = ColumnKind

/** Reads a column of so many values. */
export function readColumn(reader: ByteReader, count: number): unknown[] {
  return readValues(reader, reader.u8(), count)
}

function readValues(reader: ByteReader, kind: number, count: number): unknown[] {
  switch (kind) {
    case EXACT:
      return decodeRecordValues(reader.bytes(reader.u32())) as unknown[]
    case STRINGS:
      return readStrings(reader, count)
    case INTS:
    case DOUBLES:
      return readNumbers(reader, kind, count)
    case BOOLEANS:
      return readBooleans(reader, count)
    case NULLS:
      return new Array<null>(count).fill(null)
    case TUPLES:
      return readTuples(reader, count)
    case LISTS:
      return readLists(reader, count)
    case OBJECTS:
      return readObjects(reader, count)
    case SPARSE:
      return readSparse(reader, count)
    default:
      throw new Error('a frame has a column of an unknown kind')
  }
}

/** Reads a column of pairs as one of keys and one of values. */
export function readPairs(reader: ByteReader, count: number): FramePairs {
  const start = reader.at
  if (reader.u8() === TUPLES && reader.u8() === 2) return new FramePairs(keptColumn(reader, count), keptColumn(reader, count))
  reader.at = start
  const pairs = readColumn(reader, count) as [unknown, unknown][]
  return new FramePairs(new ListColumn(pairs.map(([key]) => key)), new ListColumn(pairs.map(([, value]) => value)))
}

/** A column whose values are made later, if its kind allows it. */
function keptColumn(reader: ByteReader, count: number): Column {
  const kind = reader.u8()
  switch (kind) {
    case STRINGS:
      return keptStrings(reader, count)
    case INTS:
      return new ListColumn(reader.int32s(count))
    case DOUBLES:
      return new ListColumn(reader.doubles(count))
    default:
      return new ListColumn(readValues(reader, kind, count))
  }
}

function keptStrings(reader: ByteReader, count: number): Column {
  const { at } = reader
  const lengths = reader.u8() === 1 ? reader.bytes(count) : reader.uint32s(count)
  const text = reader.bytes(reader.u32())
  const starts = new Uint32Array(count + 1)
  for (let i = 0; i < count; i++) starts[i + 1] = starts[i]! + lengths[i]!
  // as many bytes as UTF-16 units: all of them are ASCII
  if (starts[count] === text.length) return new AsciiColumn(text, starts)
  reader.at = at
  return new ListColumn(readStrings(reader, count))
}

/** Numbers lie unaligned in a frame. Copying them first from memory that threads share would take longer than reading them there. */
function readNumbers(reader: ByteReader, kind: number, count: number): number[] {
  const values = new Array<number>(count)
  const { view, at } = reader
  if (kind === INTS) for (let i = 0; i < count; i++) values[i] = view.getInt32(at + 4 * i, true)
  else for (let i = 0; i < count; i++) values[i] = view.getFloat64(at + 8 * i, true)
  reader.at += numberBytes(kind) * count
  return values
}

function numberBytes(kind: number): number {
  return kind === INTS ? 4 : 8
}

function readBooleans(reader: ByteReader, count: number): boolean[] {
  const bytes = reader.bytes(count)
  const values = new Array<boolean>(count)
  for (let i = 0; i < count; i++) values[i] = bytes[i] === 1
  return values
}

function readSparse(reader: ByteReader, count: number): unknown[] {
  const marks = reader.bytes(count)
  const size = reader.u32()
  const rest = size === 0 ? [] : readColumn(reader, size)
  const values = new Array<unknown>(count)
  let at = 0
  for (let i = 0; i < count; i++) values[i] = marks[i] === 0 ? rest[at++] : marks[i] === 1 ? null : undefined
  return values
}

function readStrings(reader: ByteReader, count: number): string[] {
  const lengths = reader.u8() === 1 ? reader.bytes(count) : reader.uint32s(count)
  const joined = reader.text()
  const values = new Array<string>(count)
  let at = 0
  for (let i = 0; i < count; i++) {
    const end = at + lengths[i]!
    values[i] = joined.substring(at, end)
    at = end
  }
  return values
}

function readTuples(reader: ByteReader, count: number): unknown[] {
  const { columns, kinds } = readColumns(reader, reader.u8(), count)
  return tupleMaker(kinds)(columns, count, reader.view)
}

/** The columns of rows; numbers stay in the frame, rows take them from there. */
function readColumns(reader: ByteReader, width: number, count: number): { columns: RowColumn[]; kinds: number[] } {
  const columns: RowColumn[] = []
  const kinds: number[] = []
  for (let field = 0; field < width; field++) {
    const kind = reader.u8()
    kinds.push(kind)
    if (kind === INTS || kind === DOUBLES) {
      columns.push(reader.at)
      reader.at += numberBytes(kind) * count
    } else columns.push(readValues(reader, kind, count))
  }
  return { columns, kinds }
}

function readLists(reader: ByteReader, count: number): unknown[][] {
  const lengths = reader.uint32s(count)
  const elements = readColumn(reader, reader.u32())
  const values = new Array<unknown[]>(count)
  let at = 0
  for (let i = 0; i < count; i++) {
    values[i] = elements.slice(at, at + lengths[i]!)
    at += lengths[i]!
  }
  return values
}

function readObjects(reader: ByteReader, count: number): unknown[] {
  const width = reader.u8()
  const names: string[] = []
  for (let field = 0; field < width; field++) names.push(reader.text())
  const { columns, kinds } = readColumns(reader, width, count)
  return objectMaker(names, kinds)(columns, count, reader.view)
}
