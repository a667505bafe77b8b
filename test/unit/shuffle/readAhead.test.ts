import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createShuffleReader } from '../../../src/shuffle/createShuffleReader.js'
import { createShuffleWriter } from '../../../src/shuffle/createShuffleWriter.js'
import { FetchFailedError } from '../../../src/shuffle/fetchFailedError.js'
import { ReadAhead } from '../../../src/shuffle/readAhead.js'
import { MemoryBudget } from '../../../src/storage/memoryBudget.js'
import { AMPLE, recordsOf, somePlace } from './somePlace.js'

const MAPS = 5
const REDUCERS = 40

/** Map outputs whose segments are of very different sizes, some empty. */
function write(place: ReturnType<typeof somePlace>): void {
  for (let mapIndex = 0; mapIndex < MAPS; mapIndex++) {
    const spec = { shuffleId: 3, numReducers: REDUCERS, partition: (key: unknown) => key as number }
    const writer = createShuffleWriter({ ...place, dir: place.shuffleDir(3), mapIndex, attemptId: mapIndex, spec })
    for (let key = 0; key < REDUCERS; key++) {
      const values = key % 7 === 3 ? [] : [`${mapIndex}/${key}`, 'x'.repeat(key % 10 === 5 ? 30_000 : key)]
      writer.write({ keys: values.map(() => key), values })
    }
    writer.commit()
  }
}

const read = (place: ReturnType<typeof somePlace>, from: number, to: number, ahead?: ReadAhead) =>
  recordsOf(
    createShuffleReader({
      spec: { shuffleId: 3, from, to },
      numMaps: MAPS,
      locations: Array.from({ length: MAPS }, (_, mapIndex) => ({ mapIndex, attemptId: mapIndex, workerId: 'w' })),
      appId: 'app-1',
      appSecretHex: '00',
      workers: [],
      localDirsOf: () => [place.shuffleDir(3)],
      maxSizeInFlight: 1 << 20,
      spillDir: place.spillDir,
      metrics: place.metrics,
      ...(ahead && { ahead }),
    }),
  )

describe('reading ahead', () => {
  // few outputs: windows of 64 KiB; very many: windows that hold a few segments, or none
  it.each([1, 16 * 1024, 1 << 22])('gives each partition what it gets without, for %i outputs', (outputs) => {
    const place = somePlace(AMPLE)
    write(place)
    const ahead = new ReadAhead(outputs, place.budget)
    for (let from = 0; from < REDUCERS; from++) expect(read(place, from, from + 1, ahead)).toEqual(read(place, from, from + 1))
    for (const [from, to] of [
      [30, 34],
      [0, 3],
      [0, REDUCERS],
    ] as const)
      expect(read(place, from, to, ahead)).toEqual(read(place, from, to))
    ahead.clear()
    place.end()
  })

  it('counts what it keeps, keeps less where memory is short, and pushes nobody out', () => {
    const place = somePlace(AMPLE)
    const path = join(place.root, 'data')
    writeFileSync(path, Buffer.alloc(1 << 20, 'abcdefgh'))
    let pushed = 0
    const budget = new MemoryBudget(place.budget.buffer, 0, () => pushed++)
    const ahead = new ReadAhead(1, budget)
    expect(ahead.read(path, 8, 16)?.toString()).toBe('abcdefgh')
    expect(budget.used).toBe(64 << 10)
    // in the window: nothing more is taken; behind it: in the place of the old one
    for (const at of [16, 60_000, 100_000]) ahead.read(path, at, at + 1000)
    expect(budget.used).toBe(64 << 10)
    ahead.clear()
    expect(budget.used).toBe(0)
    const others = budget.free - 1024
    budget.tryAcquire(others)
    expect(ahead.read(path, 8, 16)).toBeUndefined()
    expect(budget.used).toBe(others)
    budget.release(others)
    expect(ahead.read(path, 8, 16)).toBeDefined()
    ahead.clear()
    expect(pushed).toBe(0)
    place.end()
  })

  it('never keeps more than a sixteenth of a small budget', () => {
    const place = somePlace(1 << 20)
    const ahead = new ReadAhead(1000, place.budget)
    for (let output = 0; output < 1000; output++) {
      const path = join(place.root, String(output))
      writeFileSync(path, 'x'.repeat(200))
      expect(ahead.read(path, 1, 9)?.toString()).toBe('xxxxxxxx')
    }
    expect(place.budget.used).toBe(64 << 10)
    ahead.clear()
    place.end()
  })

  it('refuses what is damaged or too short', () => {
    const place = somePlace(AMPLE)
    write(place)
    const path = join(place.shuffleDir(3), '1-1.data')
    const whole = readFileSync(path)
    truncateSync(path, 8)
    const ahead = new ReadAhead(1, place.budget)
    expect(() => read(place, 1, 2, ahead)).toThrow(FetchFailedError)
    writeFileSync(path, whole.fill(whole[30]! ^ 1, 30, 31))
    ahead.clear()
    expect(() => read(place, 0, 3, ahead)).toThrow(FetchFailedError)
    ahead.clear()
    place.end()
  })
})
