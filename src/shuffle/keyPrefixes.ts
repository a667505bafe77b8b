import { AsciiColumn, type Column, type ListColumn } from './column.js'

const LATIN1 = 0xff

/** The first 64 bits of each key as two unsigned words that are in the order of the keys. */
export interface KeyPrefixes {
  readonly high: Uint32Array
  readonly low: Uint32Array
  /** equal prefixes are equal keys */
  readonly whole: boolean
}

/** Prefixes of so many keys that are all numbers or all strings; undefined for others. */
export function keyPrefixes(columns: readonly Column[], count: number): KeyPrefixes | undefined {
  if (columns.every((column) => isAll(column, 'number'))) return ofNumbers(columns as readonly ListColumn[], count)
  if (columns.every((column) => isAll(column, 'string'))) return ofStrings(columns, count)
  return undefined
}

function isAll(column: Column, type: 'number' | 'string'): boolean {
  if (column instanceof AsciiColumn) return type === 'string'
  const { items } = column
  if (ArrayBuffer.isView(items)) return type === 'number'
  for (let i = 0; i < items.length; i++) if (typeof items[i] !== type) return false
  return true
}

/** The bits of a double are in its order once the sign is seen to; NaN comes last, and -0 is 0. */
function ofNumbers(columns: readonly ListColumn[], count: number): KeyPrefixes {
  const doubles = new Float64Array(count)
  let at = 0
  for (const { items } of columns) for (let i = 0; i < items.length; i++) doubles[at++] = (items[i] as number) + 0
  const words = new Uint32Array(doubles.buffer)
  const high = new Uint32Array(count)
  const low = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    // whatever sign and bits a NaN has
    if (Number.isNaN(doubles[i])) doubles[i] = Number.NaN
    const negative = words[2 * i + 1]! >>> 31 === 1
    high[i] = negative ? ~words[2 * i + 1]! : words[2 * i + 1]! | 0x80000000
    low[i] = negative ? ~words[2 * i]! : words[2 * i]!
    if (Number.isNaN(doubles[i])) high[i] = 0xffffffff
  }
  return { high, low, whole: true }
}

/** Code units after what all strings begin with: eight if all of them are Latin-1, else four. */
function ofStrings(columns: readonly Column[], count: number): KeyPrefixes {
  const { common, longest } = extentOf(columns)
  const width = isLatin1(columns, common) ? 8 : 16
  const units = 32 / width
  const high = new Uint32Array(count)
  const low = new Uint32Array(count)
  let at = 0
  for (const column of columns) {
    for (let i = 0; i < column.length; i++, at++) {
      if (column instanceof AsciiColumn) {
        const [from, to] = [column.starts[i]! + common, column.starts[i + 1]!]
        high[at] = packBytes(column.text, from, to, units, width)
        low[at] = packBytes(column.text, from + units, to, units, width)
      } else {
        const text = column.items[i] as string
        high[at] = packUnits(text, common, units, width)
        low[at] = packUnits(text, common + units, units, width)
      }
    }
  }
  // a unit of 0 looks like the end of a string
  const whole = longest <= common + 2 * units && !columns.some(hasZero)
  return { high, low, whole }
}

/** What all strings begin with, and how long they are. */
function extentOf(columns: readonly Column[]): { common: number; longest: number } {
  const first = columns[0]!.get(0) as string
  let common = first.length
  let longest = 0
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) {
      let length: number
      let at = 0
      if (column instanceof AsciiColumn) {
        const start = column.starts[i]!
        length = column.starts[i + 1]! - start
        if (length < common) common = length
        while (at < common && column.text[start + at] === first.charCodeAt(at)) at++
      } else {
        const text = column.items[i] as string
        length = text.length
        if (length < common) common = length
        while (at < common && text.charCodeAt(at) === first.charCodeAt(at)) at++
      }
      common = at
      if (length > longest) longest = length
    }
  }
  return { common, longest }
}

/** Whether eight units from here on are Latin-1 in all strings. */
function isLatin1(columns: readonly Column[], from: number): boolean {
  let units = 0
  for (const column of columns) {
    if (column instanceof AsciiColumn) continue
    for (let i = 0; i < column.length; i++) {
      const text = column.items[i] as string
      for (let at = from; at < text.length && at < from + 8; at++) units |= text.charCodeAt(at)
    }
  }
  return units <= LATIN1
}

function hasZero(column: Column): boolean {
  if (column instanceof AsciiColumn) return column.text.includes(0)
  return (column.items as readonly string[]).some((text) => text.includes('\0'))
}

function packUnits(text: string, from: number, units: number, width: number): number {
  let word = 0
  for (let at = from; at < from + units; at++) word = (word << width) | (at < text.length ? text.charCodeAt(at) : 0)
  return word
}

function packBytes(text: Uint8Array, from: number, to: number, units: number, width: number): number {
  let word = 0
  for (let at = from; at < from + units; at++) word = (word << width) | (at < to ? text[at]! : 0)
  return word
}
