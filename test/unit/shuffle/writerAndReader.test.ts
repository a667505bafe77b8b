import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashKey } from '../../../src/plan/hashKey.js'
import { nonNegativeMod } from '../../../src/plan/nonNegativeMod.js'
import { sameKey } from '../../../src/plan/sameKey.js'
import type { Combiner, MapOutput } from '../../../src/plan/taskHost.js'
import { createShuffleWriter } from '../../../src/shuffle/createShuffleWriter.js'
import { FetchFailedError } from '../../../src/shuffle/fetchFailedError.js'
import { decompressSize } from '../../../src/shuffle/sizes.js'
import { anyKey } from '../plan/someKeys.js'
import { AMPLE, pair, readOutputs, somePlace, TINY } from './somePlace.js'

type Place = ReturnType<typeof somePlace>
type Pairs = readonly (readonly [unknown, unknown])[]

const partition = (numReducers: number) => (key: unknown) => nonNegativeMod(hashKey(key), numReducers)

function write(place: Place, mapIndex: number, numReducers: number, pairs: Pairs, combiner?: Combiner): MapOutput {
  const spec = { shuffleId: 7, numReducers, partition: partition(numReducers), ...(combiner && { combiner }) }
  const writer = createShuffleWriter({ ...place, mapIndex, attemptId: mapIndex + 100, spec })
  for (const [key, value] of pairs) writer.write(pair(key, value))
  return writer.commit() as MapOutput
}

function read(place: Place, maps: number, from: number, to = from + 1): [unknown, unknown][] {
  return readOutputs(place, { shuffleId: 7, from, to, maps, attempt: 100 })
}

describe('what map tasks write', () => {
  it.each([
    ['in memory', AMPLE],
    ['spilled', TINY],
  ])('is read by the reducer of its key, in the order of writing (%s)', (_, bytes) => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyKey, fc.anything({ withBigInt: true, withDate: true, withMap: true })), { maxLength: 60 }),
        fc.nat(3),
        fc.integer({ min: 1, max: 5 }),
        (some, copies, reducers) => {
          const place = somePlace(bytes)
          const pairs = Array.from({ length: 20 * copies + 1 }, () => some).flat()
          const output = write(place, 0, reducers, pairs)
          expect(output.records).toBe(pairs.length)
          for (let reducer = 0; reducer < reducers; reducer++) {
            expect(read(place, 1, reducer)).toStrictEqual(pairs.filter(([key]) => partition(reducers)(key) === reducer).map(([key, value]) => [key, value]))
          }
          place.end()
        },
      ),
      { numRuns: 30 },
    )
  })

  it('spills when there is no room, and the file is the same', () => {
    const [roomy, tight] = [somePlace(AMPLE), somePlace(TINY)]
    const pairs = Array.from({ length: 50_000 }, (_, i) => [`key ${i % 1000}`, i] as const)
    write(roomy, 0, 4, pairs)
    write(tight, 0, 4, pairs)
    expect([roomy.metrics.spills, tight.metrics.spills > 4]).toEqual([0, true])
    for (let reducer = 0; reducer < 4; reducer++) expect(read(tight, 1, reducer)).toEqual(read(roomy, 1, reducer))
    roomy.end()
    tight.end()
  })

  it('holds few large values at a time', () => {
    const place = somePlace(1 << 20)
    const large = 'x'.repeat(1 << 20)
    write(
      place,
      0,
      3,
      Array.from({ length: 60 }, (_, i) => [i, large + i] as const),
    )
    expect(place.metrics.spills).toBeGreaterThan(2)
    const all = read(place, 1, 0, 3)
    expect(all).toHaveLength(60)
    expect(all.every(([key, value]) => value === large + key)).toBe(true)
    place.end()
  })

  it('is combined by key before it is written', () => {
    for (const bytes of [AMPLE, TINY]) {
      const place = somePlace(bytes)
      const add = (a: unknown, b: unknown): unknown => (a as number) + (b as number)
      const pairs = Array.from({ length: 20_000 }, (_, i) => [{ id: i % 5000 }, 1] as const)
      expect(write(place, 0, 4, pairs, { create: (value) => value, mergeValue: add, mergeCombiners: add }).records).toBe(5000)
      const sums = read(place, 1, 0, 4)
      expect(sums).toHaveLength(5000)
      expect(sums.every(([, sum]) => sum === 4)).toBe(true)
      place.end()
    }
  })

  it('comes map after map, and several reducers at once when asked', () => {
    const place = somePlace(AMPLE)
    for (let map = 0; map < 5; map++)
      write(
        place,
        map,
        3,
        Array.from({ length: 300 }, (_, i) => [i, map] as const),
      )
    const pairs = read(place, 5, 0, 3)
    expect(pairs).toHaveLength(1500)
    expect(pairs.map(([, map]) => map)).toEqual([...pairs.map(([, map]) => map as number)].sort((a, b) => a - b))
    expect(pairs.filter(([key]) => sameKey(key, 7))).toHaveLength(5)
    place.end()
  })

  it('tells its sizes within ten per cent', () => {
    const place = somePlace(AMPLE)
    const output = write(
      place,
      0,
      2,
      Array.from({ length: 5000 }, (_, i) => [i, `value ${i}`] as const),
    )
    const told = decompressSize(output.sizes[0]!) + decompressSize(output.sizes[1]!)
    expect(statSync(join(place.dir, '0-100.data')).size).toBe(output.bytes)
    expect(told).toBeGreaterThanOrEqual(output.bytes)
    expect(told).toBeLessThan(output.bytes * 1.11)
    place.end()
  })

  it('leaves nothing when it is aborted', () => {
    const place = somePlace(TINY)
    const writer = createShuffleWriter({ ...place, mapIndex: 0, attemptId: 1, spec: { shuffleId: 7, numReducers: 2, partition: partition(2) } })
    for (let i = 0; i < 20_000; i++) writer.write(pair(i, `value ${i}`))
    expect(place.metrics.spills).toBeGreaterThan(0)
    writer.abort()
    place.end()
  })
})

describe('a damaged map output', () => {
  const damaged = (change: (place: Place) => void): unknown => {
    const place = somePlace(AMPLE)
    // several pieces long
    write(
      place,
      0,
      1,
      Array.from({ length: 200_000 }, (_, i) => [i, `value ${i}`] as const),
    )
    change(place)
    try {
      read(place, 1, 0)
      return undefined
    } catch (error) {
      return error
    } finally {
      place.end()
    }
  }
  const flip = (path: string, at: number): void => {
    const bytes = readFileSync(path)
    bytes[at]! ^= 1
    writeFileSync(path, bytes)
  }

  it.each([0.001, 0.5, 0.999])('is refused by its checksum before a record is given (byte at %d)', (where) => {
    const error = damaged(({ dir, metrics }) => {
      const path = join(dir, '0-100.data')
      flip(path, Math.floor(statSync(path).size * where))
      metrics.shuffleReadRecords = 0
    })
    expect(error).toBeInstanceOf(FetchFailedError)
    expect((error as Error).message).toMatch(/checksum.*0-100\.data/)
    expect(error).toMatchObject({ shuffleId: 7, mapIndex: 0, attemptId: 100, workerId: 'here' })
  })

  it('is refused when its index is damaged, when it is cut short, when it is gone', () => {
    expect((damaged(({ dir }) => flip(join(dir, '0-100.index'), 3)) as Error).message).toMatch(/checksum.*0-100\.index/)
    expect((damaged(({ dir }) => writeFileSync(join(dir, '0-100.data'), readFileSync(join(dir, '0-100.data')).subarray(0, -10))) as Error).message).toMatch(
      /checksum/,
    )
    expect(damaged(({ dir }) => expect(readdirSync(dir)).toHaveLength(2))).toBeUndefined()
  })
})
