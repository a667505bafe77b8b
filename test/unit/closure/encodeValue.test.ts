import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeValue } from '../../../src/closure/decodeValue.js'
import { encodeValue } from '../../../src/closure/encodeValue.js'
import { installRuntime } from '../../../src/closure/installRuntime.js'

installRuntime({ role: 'executor', api: () => ({}) })

/** Tells more apart than comparisons do: -0, holes, prototypes, invalid dates. */
const shown = (value: unknown): string => inspect(value, { depth: Number.POSITIVE_INFINITY, maxArrayLength: null, maxStringLength: null })
const again = <V>(value: V): V => decodeValue(encodeValue(value)) as V

function transferred(): ArrayBuffer {
  const buffer = new ArrayBuffer(8)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

test('any data come back as they were', () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  } as fc.ObjectConstraints)
  fc.assert(
    fc.property(anything, (value) => shown(again(value)) === shown(value)),
    { numRuns: 2000 },
  )
})

describe('what JSON loses', () => {
  test.each([
    ['numbers', [Number.NaN, -0, Number.POSITIVE_INFINITY, 2n ** 70n]],
    ['undefined, and holes', [undefined, { a: undefined }, Object.assign(new Array(3), { 2: 1 })]],
    ['dates', [new Date(1), new Date(Number.NaN)]],
    ['expressions', [/a(?<n>b)/giu]],
    ['collections', [new Map([[{ a: 1 }, new Set([[1]])]]), new Set([new Map([[Number.NaN, 1]])])]],
    ['bytes', [Buffer.from('abc'), new Float64Array([1.5, -0]), new DataView(new ArrayBuffer(3)), new ArrayBuffer(2), new BigInt64Array([-1n])]],
    ['members with any name', [JSON.parse('{"__proto__":{"a":1},"constructor":2}'), Object.assign(Object.create(null), { hasOwnProperty: 1 })]],
    ['text', ['\0', '\ud800', 'é'.repeat(300), '']],
    [
      'members of arrays that are no elements',
      [
        Object.assign([1], { site: new URL('http://a.b/'), '1.5': 1, '-1': 2, '01': 3 }),
        Object.assign(new Array(100).fill(0), { at: new Map([[Object.create(null), 1]]) }),
        'a1'.match(/a(?<digit>\d)/),
      ],
    ],
    ['errors', [new RangeError('why', { cause: new Error('deep') }), new AggregateError([new TypeError('in')], 'all')]],
    ['URLs', [new URL('http://host/path?query')]],
  ])('%s are kept', (_, values) => {
    for (const value of values as unknown[]) expect(shown(again(value))).toBe(shown(value))
  })

  test('cycles and identity are kept, also through Maps and Sets', () => {
    const shared = { n: 1 }
    const value: { self?: unknown; map: Map<unknown, unknown>; list: unknown[] } = { map: new Map(), list: [shared, shared] }
    value.self = value
    value.map.set(value, new Set([value]))
    const copy = again(value)
    expect([copy.self === copy, copy.list[0] === copy.list[1], [...copy.map.keys()][0] === copy]).toEqual([true, true, true])
    expect((copy.map.get(copy) as Set<unknown>).has(copy)).toBe(true)
  })
})

test('what comes back shares no memory with the message', () => {
  const bytes = encodeValue([new Float64Array([1, 2]), new Uint8Array([3])])
  const [first, second] = [decodeValue(bytes) as [Float64Array, Uint8Array], decodeValue(bytes) as [Float64Array, Uint8Array]]
  first[0][0] = 9
  bytes.fill(0)
  expect([second[0][0], second[1][0], second[0].buffer.byteLength]).toEqual([1, 3, 16])
})

test.each([
  ['a function', { f: () => 1 }, 'the record → .f is a function'],
  ['a promise', [{ when: Promise.resolve(1) }], 'the record → [0] → .when is a Promise'],
  ['a unique symbol', new Set([Symbol('own')]), 'is a unique symbol'],
  ['a WeakMap', { deep: new Map([['k', new WeakMap()]]) }, "the record → .deep → .get('k') is a WeakMap"],
  ['shared memory', [new Uint8Array(new SharedArrayBuffer(1))], 'SharedArrayBuffer'],
  ['a running iterator', { it: [1].values() }, 'is a running Array Iterator'],
  ['a function that hides at an array', Object.assign([1], { f: () => 1 }), 'the record → [f] is a function'],
  ['a buffer that was given away', [transferred()], 'could not be cloned'],
])('%s is refused with its path', (_, value, message) => {
  expect(() => encodeValue(value)).toThrow(expect.objectContaining({ code: 'TSPARK_RECORD', message: expect.stringContaining(message) }))
})

test('deep data are refused, not fatal', () => {
  let list: unknown
  for (let i = 0; i < 100_000; i++) list = { list }
  expect(() => encodeValue(list)).toThrow(/is nested too deeply/)
})
