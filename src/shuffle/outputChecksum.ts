import type { NumberColumns } from '../plan/batchSource.js'
import { ColumnKind } from './columnKind.js'

const { EXACT, STRINGS, INTS, DOUBLES, BOOLEANS, NULLS, TUPLES, LISTS, OBJECTS, SPARSE } = ColumnKind

const NULL = 0x2b
const UNDEFINED = 0x1d
const LIST = 0x345678
const OBJECT = 0x6b43a9
const bits = new Float64Array(1)
const words = new Int32Array(bits.buffer)
const encoder = new TextEncoder()

/**
 * A checksum of a map task's output that does not depend on the order of its records: a sum over what each record and its
 * reduce partition hash to. It is computed from the columns of frames, where texts are bytes already: half as dear as from
 * the values. What has no column kind is hashed as it is.
 */
export class OutputChecksum {
  #sum = 0
  #squares = 0

  /** Adds the records of one column that has just been written at a place of a buffer; `valueAt` gives them as they are. */
  add(segment: number, buffer: Uint8Array, at: number, count: number, valueAt: (index: number) => unknown): void {
    const hashes = new ColumnHashes(buffer, at).column(count, valueAt)
    for (let i = 0; i < count; i++) this.#addHash(segment, hashes[i]!)
  }

  /** As `add`, for the pairs of two columns of numbers. */
  addNumbers(segment: number, { keys, values }: NumberColumns): void {
    const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
    const pair = fold(LIST, 2)
    for (let i = 0; i < keys.length; i++) {
      const value = values[i]!
      const hash = (value | 0) === value ? value : fold(halves[2 * i]!, halves[2 * i + 1]!)
      this.#addHash(segment, fold(fold(pair, keys[i]!), hash))
    }
  }

  #addHash(segment: number, of: number): void {
    const hash = mix(of ^ Math.imul(segment + 1, 0x9e3779b1))
    this.#sum = (this.#sum + hash) | 0
    this.#squares = (this.#squares + Math.imul(hash, hash | 1)) | 0
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return [this.#sum, this.#squares].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }
}

/** Goes through the bytes of a column; see writeColumn.ts for their meaning. */
class ColumnHashes {
  readonly #view: DataView
  #at: number

  constructor(
    readonly buffer: Uint8Array,
    at: number,
  ) {
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    this.#at = at
  }

  column(count: number, valueAt: (index: number) => unknown): Int32Array {
    const kind = this.buffer[this.#at++]
    switch (kind) {
      case EXACT:
        return this.#exact(count, valueAt)
      case STRINGS:
        return this.#strings(count)
      case INTS:
        return this.#ints(count)
      case DOUBLES:
        return this.#doubles(count)
      case BOOLEANS:
        return this.#booleans(count)
      case NULLS:
        return new Int32Array(count).fill(NULL)
      case TUPLES:
        return this.#tuples(count, valueAt)
      case LISTS:
        return this.#lists(count, valueAt)
      case OBJECTS:
        return this.#objects(count, valueAt)
      case SPARSE:
        return this.#sparse(count, valueAt)
      default:
        throw new Error('a frame has a column of an unknown kind')
    }
  }

  #u32(): number {
    const value = this.#view.getUint32(this.#at, true)
    this.#at += 4
    return value
  }

  #ints(count: number): Int32Array {
    const hashes = new Int32Array(count)
    const view = this.#view
    for (let i = 0, at = this.#at; i < count; i++, at += 4) hashes[i] = view.getInt32(at, true)
    this.#at += 4 * count
    return hashes
  }

  #doubles(count: number): Int32Array {
    const hashes = new Int32Array(count)
    const view = this.#view
    for (let i = 0, at = this.#at; i < count; i++, at += 8) {
      const value = view.getFloat64(at, true)
      hashes[i] = (value | 0) === value ? value : fold(view.getInt32(at, true), view.getInt32(at + 4, true))
    }
    this.#at += 8 * count
    return hashes
  }

  #booleans(count: number): Int32Array {
    const hashes = new Int32Array(count)
    for (let i = 0; i < count; i++) hashes[i] = hashBoolean(this.buffer[this.#at + i] === 1)
    this.#at += count
    return hashes
  }

  #exact(count: number, valueAt: (index: number) => unknown): Int32Array {
    this.#at += 4 + this.#view.getUint32(this.#at, true)
    const hashes = new Int32Array(count)
    for (let i = 0; i < count; i++) hashes[i] = hashValue(valueAt(i), 0)
    return hashes
  }

  #strings(count: number): Int32Array {
    const wide = this.buffer[this.#at++] !== 1
    const lengths = this.#at
    this.#at += wide ? 4 * count : count
    const bytes = this.#u32()
    const hashes = new Int32Array(count)
    const view = this.#view
    let at = this.#at
    const end = at + bytes
    let units = 0
    for (let i = 0; i < count; i++) units += wide ? view.getUint32(lengths + 4 * i, true) : this.buffer[lengths + i]!
    const ascii = units === bytes
    for (let i = 0; i < count; i++) {
      const length = wide ? view.getUint32(lengths + 4 * i, true) : this.buffer[lengths + i]!
      const to = ascii ? at + length : this.#skip(at, length)
      hashes[i] = hashBytes(view, at, to)
      at = to
    }
    this.#at = end
    return hashes
  }

  /** Where so many UTF-16 units of UTF-8 end. */
  #skip(from: number, units: number): number {
    let at = from
    for (let left = units; left > 0; ) {
      const byte = this.buffer[at]!
      at += byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
      left -= byte < 0xf0 ? 1 : 2
    }
    return at
  }

  #tuples(count: number, valueAt: (index: number) => unknown): Int32Array {
    const width = this.buffer[this.#at++]!
    const hashes = new Int32Array(count).fill(fold(LIST, width))
    for (let field = 0; field < width; field++)
      foldAll(
        hashes,
        this.column(count, (i) => (valueAt(i) as unknown[])[field]),
      )
    return hashes
  }

  #lists(count: number, valueAt: (index: number) => unknown): Int32Array {
    const lengths = this.#at
    this.#at += 4 * count
    const total = this.#u32()
    let flat: unknown[] | undefined
    const elements = this.column(total, (index) => {
      flat ??= Array.from({ length: count }, (_, i) => valueAt(i) as unknown[]).flat()
      return flat[index]
    })
    const hashes = new Int32Array(count)
    for (let i = 0, at = 0; i < count; i++) {
      const length = this.#view.getUint32(lengths + 4 * i, true)
      let hash = fold(LIST, length)
      for (const to = at + length; at < to; at++) hash = fold(hash, elements[at]!)
      hashes[i] = hash
    }
    return hashes
  }

  #objects(count: number, valueAt: (index: number) => unknown): Int32Array {
    const width = this.buffer[this.#at++]!
    const hashes = new Int32Array(count).fill(fold(OBJECT, width))
    const names: [name: string, hash: number][] = []
    for (let field = 0; field < width; field++) {
      const length = this.#u32()
      const from = this.#at
      this.#at += length
      names.push([Buffer.from(this.buffer.subarray(from, this.#at)).toString(), hashBytes(this.#view, from, this.#at)])
    }
    for (const [name, hash] of names) {
      const column = this.column(count, (i) => (valueAt(i) as Record<string, unknown>)[name])
      for (let i = 0; i < count; i++) hashes[i] = fold(fold(hashes[i]!, hash), column[i]!)
    }
    return hashes
  }

  #sparse(count: number, valueAt: (index: number) => unknown): Int32Array {
    const marks = this.#at
    this.#at += count
    const size = this.#u32()
    const present: number[] = []
    for (let i = 0; i < count; i++) if (this.buffer[marks + i] === 0) present.push(i)
    const rest = size === 0 ? new Int32Array(0) : this.column(size, (index) => valueAt(present[index]!))
    const hashes = new Int32Array(count)
    for (let i = 0, at = 0; i < count; i++) {
      const mark = this.buffer[marks + i]
      hashes[i] = mark === 0 ? rest[at++]! : mark === 1 ? NULL : UNDEFINED
    }
    return hashes
  }
}

/** Values that have no column of their own kind, hashed as the columns would be. */
function hashValue(value: unknown, depth: number): number {
  switch (typeof value) {
    case 'string':
      return hashText(value)
    case 'number':
      return hashNumber(value)
    case 'boolean':
      return hashBoolean(value)
    case 'undefined':
      return UNDEFINED
    case 'bigint':
      return hashText(`${value}n`)
    case 'object':
      return value === null ? NULL : depth > DEEPEST ? OBJECT : hashObject(value, depth)
    default:
      return hashText(String(value))
  }
}

/** What contains itself is hashed down to here. */
const DEEPEST = 20

function hashObject(value: object, depth: number): number {
  if (value instanceof Date) return fold(OBJECT, hashNumber(value.getTime()))
  if (ArrayBuffer.isView(value)) {
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
    return hashBytes(view, 0, view.byteLength)
  }
  if (value instanceof Map || value instanceof Set || (!Array.isArray(value) && Symbol.iterator in value)) {
    let hash = OBJECT
    for (const each of value as Iterable<unknown>) hash = fold(hash, hashValue(each, depth + 1))
    return hash
  }
  if (Array.isArray(value)) {
    let hash = fold(LIST, value.length)
    for (let i = 0; i < value.length; i++) hash = fold(hash, hashValue(value[i], depth + 1))
    return hash
  }
  const entries = Object.entries(value)
  let hash = fold(OBJECT, entries.length)
  for (const [name, each] of entries) hash = fold(fold(hash, hashText(name)), hashValue(each, depth + 1))
  return hash
}

function hashText(text: string): number {
  const bytes = encoder.encode(text)
  return hashBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.byteLength)
}

/** Four bytes at a time. */
function hashBytes(view: DataView, from: number, to: number): number {
  let hash = to - from
  let at = from
  for (; at + 4 <= to; at += 4) hash = fold(hash, view.getInt32(at, true))
  let rest = 0
  for (let shift = 0; at < to; at++, shift += 8) rest |= view.getUint8(at) << shift
  return rest === 0 ? hash : fold(hash, rest)
}

function hashNumber(value: number): number {
  if ((value | 0) === value) return value
  bits[0] = value
  return fold(words[0]!, words[1]!)
}

function hashBoolean(value: boolean): number {
  return value ? 0x4cf5 : 0x4d5b
}

function foldAll(hashes: Int32Array, others: Int32Array): void {
  for (let i = 0; i < hashes.length; i++) hashes[i] = fold(hashes[i]!, others[i]!)
}

function fold(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x85ebca6b)
  return h ^ (h >>> 13)
}

function mix(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
