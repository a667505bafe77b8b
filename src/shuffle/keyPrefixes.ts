const LATIN1 = 0xff

/** The first 64 bits of each key as two unsigned words that are in the order of the keys. */
export interface KeyPrefixes {
  readonly high: Uint32Array
  readonly low: Uint32Array
  /** equal prefixes are equal keys */
  readonly whole: boolean
}

/** Prefixes of keys that are all numbers or all strings; undefined for others. */
export function keyPrefixes(keys: readonly unknown[]): KeyPrefixes | undefined {
  if (typeof keys[0] === 'number') return ofNumbers(keys)
  if (typeof keys[0] === 'string') return ofStrings(keys)
  return undefined
}

/** The bits of a double are in its order once the sign is seen to; NaN comes last, and -0 is 0. */
function ofNumbers(keys: readonly unknown[]): KeyPrefixes | undefined {
  const doubles = new Float64Array(keys.length)
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]
    if (typeof key !== 'number') return undefined
    doubles[i] = Number.isNaN(key) ? Number.NaN : key + 0
  }
  const words = new Uint32Array(doubles.buffer)
  const high = new Uint32Array(keys.length)
  const low = new Uint32Array(keys.length)
  for (let i = 0; i < keys.length; i++) {
    const negative = words[2 * i + 1]! >>> 31 === 1
    high[i] = negative ? ~words[2 * i + 1]! : words[2 * i + 1]! | 0x80000000
    low[i] = negative ? ~words[2 * i]! : words[2 * i]!
    // whatever sign a NaN has
    if (Number.isNaN(doubles[i])) high[i] = 0xffffffff
  }
  return { high, low, whole: true }
}

/** Code units after what all strings begin with: eight if all of them are Latin-1, else four. */
function ofStrings(keys: readonly unknown[]): KeyPrefixes | undefined {
  const first = keys[0] as string
  let common = first.length
  let units = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]
    if (typeof key !== 'string') return undefined
    if (key.length < common) common = key.length
    let at = 0
    while (at < common && key.charCodeAt(at) === first.charCodeAt(at)) at++
    common = at
    const end = Math.min(key.length, common + 8)
    for (; at < end; at++) units |= key.charCodeAt(at)
  }
  // a unit that was common for a while may be among the eight now
  for (let at = common; at < first.length; at++) units |= first.charCodeAt(at)
  const high = new Uint32Array(keys.length)
  const low = new Uint32Array(keys.length)
  const width = units <= LATIN1 ? 8 : 16
  const each = 32 / width
  for (let i = 0; i < keys.length; i++) {
    high[i] = pack(keys[i] as string, common, each, width)
    low[i] = pack(keys[i] as string, common + each, each, width)
  }
  return { high, low, whole: false }
}

function pack(text: string, from: number, units: number, width: number): number {
  let word = 0
  for (let at = from; at < from + units; at++) word = (word << width) | (at < text.length ? text.charCodeAt(at) : 0)
  return word
}
