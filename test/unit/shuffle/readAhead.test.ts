import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createShuffleReader } from '../../../src/shuffle/createShuffleReader.js'
import { createShuffleWriter } from '../../../src/shuffle/createShuffleWriter.js'
import { FetchFailedError } from '../../../src/shuffle/fetchFailedError.js'
import { ReadAhead } from '../../../src/shuffle/readAhead.js'
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
    const ahead = new ReadAhead(outputs)
    for (let from = 0; from < REDUCERS; from++) expect(read(place, from, from + 1, ahead)).toEqual(read(place, from, from + 1))
    for (const [from, to] of [
      [30, 34],
      [0, 3],
      [0, REDUCERS],
    ] as const)
      expect(read(place, from, to, ahead)).toEqual(read(place, from, to))
    place.end()
  })

  it('refuses what is damaged or too short', () => {
    const place = somePlace(AMPLE)
    write(place)
    const path = join(place.shuffleDir(3), '1-1.data')
    const whole = readFileSync(path)
    truncateSync(path, 8)
    expect(() => read(place, 1, 2, new ReadAhead(1))).toThrow(FetchFailedError)
    writeFileSync(path, whole.fill(whole[30]! ^ 1, 30, 31))
    expect(() => read(place, 0, 3, new ReadAhead(1))).toThrow(FetchFailedError)
    place.end()
  })
})
