import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasZstd, LZ4, pack, unpack, ZSTD } from '../../../src/shuffle/blockCodecs.js'
import { BlockCompressor } from '../../../src/shuffle/blockCompressor.js'
import { createAggregator } from '../../../src/shuffle/createAggregator.js'
import { createShuffleReader } from '../../../src/shuffle/createShuffleReader.js'
import { createShuffleWriter } from '../../../src/shuffle/createShuffleWriter.js'
import { createSorter } from '../../../src/shuffle/createSorter.js'
import { FetchFailedError } from '../../../src/shuffle/fetchFailedError.js'
import { decodeBatch, encodeBatch, unpackedLength } from '../../../src/shuffle/frame.js'
import { isQuickToRead } from '../../../src/shuffle/isQuickToRead.js'
import { AMPLE, recordsOf, somePlace, TINY } from './somePlace.js'

const codecs = hasZstd ? ([LZ4, ZSTD] as const) : ([LZ4] as const)
const records = fc.oneof(
  fc.array(fc.tuple(fc.constantFrom('spark', 'shuffle', 'block', 'é\uD800'), fc.nat(20)), { minLength: 20, maxLength: 400 }),
  fc.array(fc.double(), { maxLength: 200 }),
  fc.array(fc.oneof(fc.string(), fc.bigInt(), fc.constant(undefined)), { maxLength: 200 }),
)

/** A block that zstd 1.5 made of 'spark '.repeat(60). */
const FROM_ZSTD = 'aAEAACi1L/1gaABtAAAwc3BhcmsgAQBfUUsR'

describe('a compressed block', () => {
  it.each(codecs)('comes back, codec %i', (codec) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 3000 }), (bytes) => {
        expect(new Uint8Array(unpack(codec, Buffer.from(pack(codec, bytes))))).toEqual(bytes)
      }),
    )
  })

  it('of zstd is read by every runtime', () => {
    expect(unpack(ZSTD, Buffer.from(FROM_ZSTD, 'base64')).toString()).toBe('spark '.repeat(60))
  })

  it('that was damaged gives an error or other bytes, never a crash', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...codecs),
        fc.uint8Array({ minLength: 1, maxLength: 600 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (codec, bytes, at, flip) => {
          const block = Buffer.from(pack(codec, Buffer.concat([bytes, bytes, bytes])))
          block[at % block.length]! ^= flip
          try {
            unpack(codec, block)
          } catch (error) {
            expect(error).toMatchObject({ code: 'TSPARK_CHECKSUM' })
          }
        },
      ),
      { numRuns: 300 },
    )
    for (const codec of [LZ4, ZSTD, 3]) expect(() => unpack(codec, Buffer.alloc(2))).toThrow(expect.objectContaining({ code: 'TSPARK_CHECKSUM' }))
    expect(() => unpack(LZ4, Buffer.alloc(64, 0xff))).toThrow(expect.objectContaining({ code: 'TSPARK_CHECKSUM' }))
  })
})

describe('a frame', () => {
  it.each(['auto', 'lz4', 'zstd'] as const)('comes back exactly, compressed or not, %s', (codec) => {
    const compressor = new BlockCompressor(codec)
    fc.assert(
      fc.property(records, (batch) => {
        const plain = encodeBatch(batch)
        const frame = encodeBatch(batch, compressor)
        expect(frame.byteLength).toBeLessThanOrEqual(plain.byteLength)
        expect(unpackedLength(frame)).toBe(plain.byteLength)
        const shared = new Uint8Array(new SharedArrayBuffer(frame.byteLength))
        shared.set(frame)
        expect(decodeBatch(shared, 0)).toStrictEqual({ records: batch, next: frame.byteLength })
      }),
    )
  })

  it('is compressed where that pays and raw elsewhere', () => {
    const compressor = new BlockCompressor('auto')
    const text = Array.from({ length: 500 }, (_, i) => `line ${i % 7} of a text that repeats itself`)
    const noise = Array.from({ length: 500 }, (_, i) => Math.sin(i))
    expect(encodeBatch(text, compressor).byteLength * 3).toBeLessThan(encodeBatch(text).byteLength)
    // zstd gets a little out of numbers, lz4 nothing
    expect(encodeBatch(noise, new BlockCompressor('lz4'))).toEqual(encodeBatch(noise))
    const zeros = new Array<number>(500).fill(0)
    expect([encodeBatch(zeros), encodeBatch(zeros, compressor)].map(isQuickToRead)).toEqual([true, false])
  })

  it('is not even tried for a while after one that did not pay', () => {
    const compressor = new BlockCompressor('lz4')
    const noise = Buffer.from(Array.from({ length: 4000 }, (_, i) => Math.floor(1e9 * Math.abs(Math.sin(i))) & 255))
    const text = Buffer.alloc(4000, 'to be or not to be ')
    expect(compressor.pack(text)).toBeDefined()
    expect(compressor.pack(noise)).toBeUndefined()
    const tried = Array.from({ length: 30 }, () => compressor.pack(text) !== undefined)
    expect(tried.indexOf(true)).toBe(8)
    expect(tried.lastIndexOf(false)).toBe(7)
  })
})

const spec = (numReducers: number) => ({ shuffleId: 1, numReducers, partition: (key: unknown) => (key as number) % numReducers })
const text = (i: number): string => `the value of ${i % 100} is not much different from that of its neighbours`

function write(place: ReturnType<typeof somePlace>, mapIndex: number, count: number, codec?: 'auto' | 'lz4' | 'zstd'): void {
  const writer = createShuffleWriter({ ...place, dir: place.shuffleDir(1), mapIndex, attemptId: mapIndex, spec: spec(3), shuffleCodec: codec })
  const keys = Array.from({ length: count }, (_, i) => i)
  writer.write({ keys, values: keys.map(text) })
  writer.commit()
}

const reader = (place: ReturnType<typeof somePlace>, maps: number) =>
  createShuffleReader({
    spec: { shuffleId: 1, from: 1, to: 3 },
    numMaps: maps,
    locations: Array.from({ length: maps }, (_, mapIndex) => ({ mapIndex, attemptId: mapIndex, workerId: 'w' })),
    appId: 'app-1',
    appSecretHex: '00',
    workers: [],
    localDirsOf: () => [place.shuffleDir(1)],
    maxSizeInFlight: 1 << 20,
    spillDir: place.spillDir,
    metrics: place.metrics,
  })

describe('what is written compressed', () => {
  it.each([TINY, AMPLE])('a shuffle of outputs of several kinds is read back, in %i bytes', (bytes) => {
    const place = somePlace(bytes)
    const written = ([undefined, 'auto', 'lz4', 'zstd'] as const).map((codec, mapIndex) => {
      const before = place.metrics.shuffleWriteBytes
      write(place, mapIndex, 3000, codec)
      return place.metrics.shuffleWriteBytes - before
    })
    for (const size of written.slice(1)) expect(size * 3).toBeLessThan(written[0]!)
    const expected = Array.from({ length: 3000 }, (_, i) => [i, text(i)] as const).filter(([i]) => i % 3 > 0)
    const order = ([a, x]: readonly [unknown, unknown], [b, y]: readonly [unknown, unknown]) => Number(a) - Number(b) || String(x).localeCompare(String(y))
    const read = recordsOf(reader(place, 4)).sort(order)
    expect(read).toEqual(expected.flatMap((pair) => [pair, pair, pair, pair]).sort(order))
    place.end()
  })

  it('a damaged file is a failed fetch', () => {
    const place = somePlace(AMPLE)
    write(place, 0, 3000, 'auto')
    const path = join(place.shuffleDir(1), '0-0.data')
    const data = readFileSync(path)
    data[data.length - 40]! ^= 1
    writeFileSync(path, data)
    expect(() => recordsOf(reader(place, 1))).toThrow(FetchFailedError)
    place.end()
  })

  it.each([undefined, 'auto'] as const)('spills of a sorter and an aggregator are merged, codec %s', (spillCodec) => {
    const place = { ...somePlace(TINY), spillCodec }
    const count = 5000
    const sorter = createSorter({ compare: (a, b) => Number(a) - Number(b), ...place })
    for (let i = 0; i < count; i++) sorter.insert({ keys: [(i * 7919) % count], values: [text(i)] })
    const sorted = recordsOf(sorter.finish()) as [number, string][]
    sorter.close()
    expect(sorted.map(([key]) => key)).toEqual(Array.from({ length: count }, (_, i) => i))
    const combiner = {
      create: (value: unknown) => value,
      mergeValue: (a: unknown, b: unknown) => `${a}${b}`,
      mergeCombiners: (a: unknown, b: unknown) => `${a}${b}`,
    }
    const aggregator = createAggregator({ combiner, ...place })
    for (let i = 0; i < count; i++) aggregator.insert({ keys: [i % 1000], values: [text(i)] })
    const combined = recordsOf(aggregator.finish()) as [number, string][]
    aggregator.close()
    expect(combined.length).toBe(1000)
    for (const [key, value] of combined) expect(value).toBe(text(key).repeat(5))
    expect(place.metrics.spills).toBeGreaterThan(2)
    expect(readdirSync(place.spillDir)).toEqual([])
    place.end()
  })
})
