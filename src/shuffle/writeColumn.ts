import { encodeValue } from '../closure/encodeValue.js'
import { hasNamedMembers, nextLookedAt } from '../closure/hasNamedMembers.js'
import type { NumberColumns } from '../plan/batchSource.js'
import { intsOf } from '../plan/numberPairs.js'
import type { ByteWriter } from './byteWriter.js'
import { ColumnKind } from './columnKind.js'

const { EXACT, STRINGS, INTS, DOUBLES, BOOLEANS, NULLS, TUPLES, LISTS, OBJECTS, SPARSE } = ColumnKind
const DEEPEST = 6
const WIDEST = 64

/** Writes values as one column; nothing that is deeper than columns go is split up, it may contain itself. */
export function writeColumn(writer: ByteWriter, values: readonly unknown[]): void {
  const start = writer.at
  if (writePart(writer, values, 0)) return
  writer.at = start
  writeExact(writer, values)
}

/** Writes one column of a larger whole; false: the whole has to be written exactly. */
function writePart(writer: ByteWriter, values: readonly unknown[], depth: number): boolean {
  const start = writer.at
  if (depth === DEEPEST && values.some((value) => typeof value === 'object' && value !== null)) return false
  const typed = writeTyped(writer, values, depth)
  if (typed !== undefined) return typed
  writer.at = start
  const sparse = writeSparse(writer, values, depth)
  if (sparse !== undefined) return sparse
  writer.at = start
  writeExact(writer, values)
  return true
}

function writeExact(writer: ByteWriter, values: readonly unknown[]): void {
  writer.u8(EXACT)
  const bytes = encodeValue(values)
  writer.u32(bytes.byteLength)
  writer.bytes(bytes)
}

/** Values among which null or undefined occurs: which of the three each is, then the others as a column of their own. */
function writeSparse(writer: ByteWriter, values: readonly unknown[], depth: number): boolean | undefined {
  const marks = new Uint8Array(values.length)
  const rest: unknown[] = []
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value === null) marks[i] = 1
    else if (value === undefined) {
      // a hole is not undefined
      if (!(i in values)) return undefined
      marks[i] = 2
    } else rest.push(value)
  }
  if (rest.length === values.length) return undefined
  writer.u8(SPARSE)
  writer.bytes(marks)
  writer.u32(rest.length)
  return rest.length === 0 || writePart(writer, rest, depth)
}

/** Undefined: these values have no kind of column in common. */
function writeTyped(writer: ByteWriter, values: readonly unknown[], depth: number): boolean | undefined {
  const first = values[0]
  switch (typeof first) {
    case 'string':
      return writeStrings(writer, values)
    case 'number':
      return writeNumbers(writer, values)
    case 'boolean':
      return writeBooleans(writer, values)
    case 'object':
      if (first === null) return writeNulls(writer, values)
      if (Array.isArray(first)) return writeArrays(writer, values, depth)
      return Object.getPrototypeOf(first) === Object.prototype ? writeObjects(writer, values as Record<string, unknown>[], depth) : undefined
    default:
      return undefined
  }
}

function writeStrings(writer: ByteWriter, values: readonly unknown[]): boolean | undefined {
  const lengths = new Uint32Array(values.length)
  let longest = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (typeof value !== 'string') return undefined
    lengths[i] = value.length
    if (value.length > longest) longest = value.length
  }
  const joined = values.length === 1 ? (values[0] as string) : values.join('')
  // UTF-8 has no lone surrogates
  if (!joined.isWellFormed()) return undefined
  writer.u8(STRINGS)
  writer.u8(longest < 256 ? 1 : 4)
  if (longest < 256) writer.bytes(new Uint8Array(lengths))
  else writer.array(lengths)
  writer.text(joined)
  return true
}

function writeNumbers(writer: ByteWriter, values: readonly unknown[]): boolean | undefined {
  const count = values.length
  let ints: Int32Array | undefined = new Int32Array(count)
  for (let i = 0; i < count; i++) {
    const value = values[i]
    if (typeof value !== 'number') return undefined
    if ((value | 0) !== value || (value === 0 && 1 / value < 0)) {
      ints = undefined
      break
    }
    ints[i] = value
  }
  if (ints) {
    writer.u8(INTS)
    writer.array(ints)
    return true
  }
  const doubles = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const value = values[i]
    if (typeof value !== 'number') return undefined
    doubles[i] = value
  }
  writer.u8(DOUBLES)
  writer.array(doubles)
  return true
}

function writeBooleans(writer: ByteWriter, values: readonly unknown[]): boolean | undefined {
  const bytes = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (typeof value !== 'boolean') return undefined
    if (value) bytes[i] = 1
  }
  writer.u8(BOOLEANS)
  writer.bytes(bytes)
  return true
}

function writeNulls(writer: ByteWriter, values: readonly unknown[]): boolean | undefined {
  for (let i = 0; i < values.length; i++) if (values[i] !== null) return undefined
  writer.u8(NULLS)
  return true
}

/** Arrays of one length become that many columns; others one column of all elements and their lengths. */
function writeArrays(writer: ByteWriter, values: readonly unknown[], depth: number): boolean | undefined {
  const width = (values[0] as unknown[]).length
  let same = width > 0 && width <= WIDEST
  let total = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (!isPlainArray(value)) return undefined
    if (value.length !== width) same = false
    total += value.length
  }
  for (let i = 0; i < values.length; i = nextLookedAt(i)) if (hasNamedMembers(values[i] as unknown[])) return undefined
  if (same) return writeTuples(writer, values as unknown[][], width, depth)
  const lengths = new Uint32Array(values.length)
  const elements = new Array<unknown>(total)
  let at = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as unknown[]
    lengths[i] = value.length
    for (let j = 0; j < value.length; j++) {
      const element = value[j]
      // a hole and undefined look the same here
      if (element === undefined) return undefined
      elements[at++] = element
    }
  }
  writer.u8(LISTS)
  writer.array(lengths)
  writer.u32(total)
  return writePart(writer, elements, depth + 1)
}

function writeTuples(writer: ByteWriter, values: readonly unknown[][], width: number, depth: number): boolean | undefined {
  writer.u8(TUPLES)
  writer.u8(width)
  const column = new Array<unknown>(values.length)
  for (let field = 0; field < width; field++) {
    if (writeNumberField(writer, values, field)) continue
    for (let i = 0; i < values.length; i++) {
      const element = values[i]![field]
      if (element === undefined && !(field in values[i]!)) return undefined
      column[i] = element
    }
    if (!writePart(writer, column, depth + 1)) return false
  }
  return true
}

/** A column of numbers right from the tuples: in a list of its own each would get a box. False: not all are numbers, nothing is written. */
function writeNumberField(writer: ByteWriter, values: readonly unknown[][], field: number): boolean {
  if (typeof values[0]![field] !== 'number') return false
  const doubles = new Float64Array(values.length)
  let areInts = true
  for (let i = 0; i < doubles.length; i++) {
    const element = values[i]![field]
    if (typeof element !== 'number') return false
    doubles[i] = element
    if ((element | 0) !== element || (element === 0 && 1 / element < 0)) areInts = false
  }
  writer.u8(areInts ? INTS : DOUBLES)
  writer.array(areInts ? new Int32Array(doubles) : doubles)
  return true
}

/** Keys and values as what a column of pairs would be. */
export function writePairs(writer: ByteWriter, keys: readonly unknown[], values: readonly unknown[]): void {
  const start = writer.at
  writer.u8(TUPLES)
  writer.u8(2)
  if (writePart(writer, keys, 1) && writePart(writer, values, 1)) return
  writer.at = start
  writeExact(
    writer,
    keys.map((key, index) => [key, values[index]]),
  )
}

/** As `writePairs`, of what is known to be numbers. */
export function writeNumberPairs(writer: ByteWriter, { keys, values }: NumberColumns): void {
  writer.u8(TUPLES)
  writer.u8(2)
  writer.u8(INTS)
  writer.array(keys)
  const ints = intsOf(values)
  writer.u8(ints ? INTS : DOUBLES)
  writer.array(ints ?? values)
}

/** Plain objects with the same members in the same order. */
function writeObjects(writer: ByteWriter, values: readonly Record<string, unknown>[], depth: number): boolean | undefined {
  const names = Object.keys(values[0]!)
  if (names.length === 0 || names.length > WIDEST || names.some((name) => name === '__proto__' || !name.isWellFormed())) return undefined
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i]
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return undefined
    let at = 0
    for (const name in value) if (name !== names[at++]) return undefined
    if (at !== names.length) return undefined
  }
  writer.u8(OBJECTS)
  writer.u8(names.length)
  for (const name of names) writer.text(name)
  const column = new Array<unknown>(values.length)
  for (const name of names) {
    for (let i = 0; i < values.length; i++) column[i] = values[i]![name]
    if (!writePart(writer, column, depth + 1)) return false
  }
  return true
}

/** An array and nothing else: the results of String.match carry members of their own. */
function isPlainArray(value: unknown): value is unknown[] {
  return Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype && !('index' in value) && !('groups' in value)
}
