import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBatch, encodeBatch, encodePairs } from '../../../src/shuffle/frame.js'
import { FrameCutter } from '../../../src/shuffle/frameCutter.js'

const leaf = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ maxLength: 20 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(null, undefined, 0, -0, Number.NaN, '\uD800', 2 ** 31, -(2 ** 31)),
)
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.sparseArray(leaf, { maxNumElements: 3, maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 5 }), tie('value'), { maxKeys: 4, noNullPrototype: true }),
    fc.array(fc.tuple(leaf, leaf), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(leaf, { maxLength: 3 }).map((members) => new Set(members)),
    fc.uint8Array({ maxLength: 8 }),
  ),
})).value as fc.Arbitrary<unknown>

/** Batches as they are in life: all records of one shape, or any mixture. */
const batch: fc.Arbitrary<unknown[]> = fc.oneof(
  fc.array(value, { maxLength: 20 }),
  fc.array(fc.tuple(fc.string(), fc.integer()), { maxLength: 50 }).map((list) => list.map(([word, count]) => [word, count])),
  fc.array(
    fc.record({ id: fc.nat(), name: fc.option(fc.string()), at: fc.double(), tags: fc.array(fc.string(), { maxLength: 3 }) }, { noNullPrototype: true }),
    { maxLength: 30 },
  ),
  fc.array(fc.tuple(leaf, fc.tuple(leaf, fc.array(fc.integer(), { maxLength: 3 }))), { maxLength: 30 }),
  fc.array(leaf, { maxLength: 40 }),
)

const pairs: fc.Arbitrary<[unknown, unknown][]> = fc.oneof(
  fc.array(fc.tuple(value, value), { maxLength: 20 }),
  fc.array(fc.tuple(fc.string(), fc.integer()), { maxLength: 50 }),
)

const roundTrip = (records: readonly unknown[]): unknown[] => {
  const bytes = encodeBatch(records)
  const { records: read, next } = decodeBatch(bytes, 0)
  expect(next).toBe(bytes.byteLength)
  return read
}

describe('a frame of records', () => {
  it('gives back exactly what was written', () => {
    fc.assert(
      fc.property(batch, (records) => {
        expect(roundTrip(records)).toStrictEqual(records)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    [[0, -0, 1]],
    [[Number.NaN, Number.POSITIVE_INFINITY, 1.5]],
    [[[1, undefined]]],
    [[[undefined], [null]]],
    [[['a'], ['b', 'c'], []]],
    [['\uD800', 'ok']],
    [[{ 'a\uD800': 1 }]],
    [
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    ],
    [[{ ['__proto__']: 1 }]],
    [[null, null]],
    [[undefined, undefined]],
    [[]],
  ])('keeps %o', (records) => {
    expect(roundTrip(records)).toStrictEqual(records)
    expect(roundTrip(records).map((record) => JSON.stringify(record))).toEqual(records.map((record) => JSON.stringify(record)))
  })

  it('keeps holes apart from undefined', () => {
    const holey = [1, undefined, 3]
    delete holey[1]
    const [read] = roundTrip([holey, [1, undefined, 3]]) as unknown[][]
    expect(1 in read!).toBe(false)
    expect(read).toHaveLength(3)
  })

  it('keeps what arrays have beside their elements, instances too', () => {
    const matched = ['a1', 'b2', 'c3'].map((text) => text.match(/(?<letter>.)(?<digit>.)/)!)
    const measured = Array.from({ length: 100 }, (_, i) => Object.assign([i, i / 2], { unit: 'm', from: new URL(`http://host/${i}`) }))
    for (const records of [matched, measured, [['a', 1], 2, measured[0]], measured.map((list) => ({ list }))]) {
      expect(inspect(roundTrip(records), { depth: 9 })).toBe(inspect(records, { depth: 9 }))
    }
  })

  it('keeps records that contain themselves', () => {
    const loop: { self?: unknown; list: unknown[] } = { list: [] }
    loop.self = loop
    loop.list.push(loop)
    const [read] = roundTrip([loop]) as (typeof loop)[]
    expect(read!.self).toBe(read)
    expect(read!.list[0]).toBe(read)
  })

  it('is small where records have columns', () => {
    const pairs = Array.from({ length: 1000 }, (_, i) => [`word${i % 10}`, i])
    expect(encodeBatch(pairs).byteLength).toBeLessThan(1000 * (5 + 1 + 4) + 50)
  })

  it('is the same from keys and values as from pairs', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(leaf, value), { maxLength: 20 }), (pairs) => {
        const bytes = encodePairs(
          pairs.map(([key]) => key),
          pairs.map(([, each]) => each),
        )
        expect(decodeBatch(bytes, 0).records).toStrictEqual(pairs.map(([key, each]) => [key, each]))
      }),
    )
  })

  it('is read from shared memory too, as cached partitions are', () => {
    fc.assert(
      fc.property(batch, (records) => {
        const bytes = encodeBatch(records)
        const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength))
        shared.set(bytes)
        expect(decodeBatch(shared, 0).records).toStrictEqual(records)
      }),
    )
  })

  it('is found again however the bytes come', () => {
    fc.assert(
      fc.property(fc.array(pairs, { maxLength: 4 }), fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (batches, lengths) => {
        const bytes = Buffer.concat(batches.map((batch) => encodeBatch(batch)))
        const cutter = new FrameCutter()
        const read: [unknown, unknown][][] = []
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const length = lengths[turn % lengths.length]!
          cutter.add(bytes.subarray(at, at + length))
          at += length
          for (let got = cutter.next(); got; got = cutter.next()) read.push(got.keys.map((key, i) => [key, got.values[i]]))
        }
        expect(read).toStrictEqual(batches)
      }),
    )
  })
})
