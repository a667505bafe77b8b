import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { MAX_RANGES_PER_REQUEST } from '../../../src/protocol/blockRequest.js'
import { createShuffleReader } from '../../../src/shuffle/createShuffleReader.js'
import { createShuffleWriter } from '../../../src/shuffle/createShuffleWriter.js'
import { FetchFailedError } from '../../../src/shuffle/fetchFailedError.js'
import { LocalDirs } from '../../../src/storage/localDirs.js'
import { serveFiles } from '../../../src/worker/fileServer.js'
import { AMPLE, pair, somePlace } from './somePlace.js'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

/** A worker's file server that a test can disturb. */
async function serve(
  place: ReturnType<typeof somePlace>,
  disturb: (turn: number) => RequestListener | undefined = () => undefined,
): Promise<{ port: number; paths: string[] }> {
  const paths: string[] = []
  const app = { appId: 'app-1', dirs: new LocalDirs([place.root]) }
  server = createServer((request, response) => {
    paths.push(request.url!)
    const other = disturb(paths.length)
    if (other) other(request, response)
    else serveFiles(request, response, app)
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, paths }
}

const spec = { shuffleId: 7, numReducers: 3, partition: (key: unknown) => (key as number) % 3 }

function write(place: ReturnType<typeof somePlace>, maps: number): void {
  for (let mapIndex = 0; mapIndex < maps; mapIndex++) {
    const writer = createShuffleWriter({ ...place, dir: place.shuffleDir(7), mapIndex, attemptId: mapIndex, spec })
    for (let i = 0; i < 90; i++) writer.write(pair(i, `${mapIndex}:${i}`))
    writer.commit()
  }
}

interface Reading {
  readonly near?: (workerId: string) => boolean
  readonly workerIds?: readonly string[]
  readonly maxSizeInFlight?: number
}

function open(
  place: ReturnType<typeof somePlace>,
  port: number,
  maps: number,
  { near = () => false, workerIds = ['far'], maxSizeInFlight = 1 << 20 }: Reading = {},
) {
  const worker = { host: '127.0.0.1', port, cores: 1, memory: 1, hostId: 'other', scratchDirs: [] }
  return createShuffleReader({
    spec: { shuffleId: 7, from: 1, to: 3 },
    numMaps: maps,
    locations: Array.from({ length: maps }, (_, mapIndex) => ({ mapIndex, attemptId: mapIndex, workerId: mapIndex % 2 === 0 ? 'far' : 'near' })).map(
      (location) => (near('near') ? location : { ...location, workerId: workerIds[location.mapIndex % workerIds.length]! }),
    ),
    appId: 'app-1',
    appSecretHex: '00',
    workers: workerIds.map((workerId) => ({ ...worker, workerId })),
    localDirsOf: (workerId) => (near(workerId) ? [place.shuffleDir(7)] : undefined),
    maxSizeInFlight,
    spillDir: place.spillDir,
    metrics: place.metrics,
  })
}

async function read(place: ReturnType<typeof somePlace>, port: number, maps: number, reading?: Reading): Promise<[unknown, unknown][]> {
  const source = open(place, port, maps, reading)
  expect(source.mayWait).toBe(true)
  const pairs: [unknown, unknown][] = []
  try {
    for (let batch = await source.next(); batch !== null; batch = await source.next()) pairs.push(...batch)
  } finally {
    source.close()
  }
  return pairs
}

/** Files of a folder that this process has open, with names or without. */
const openIn = (dir: string): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(`${dir}/`)
    } catch {
      return false
    }
  }).length

/** Map after map, segment after segment. */
const expected = (maps: number): string[] =>
  Array.from({ length: maps }, (_, map) => [1, 2].flatMap((segment) => Array.from({ length: 30 }, (_, i) => `${map}:${3 * i + segment}`))).flat()

describe('map outputs on another host', () => {
  it('are fetched many a request', async () => {
    const place = somePlace(AMPLE)
    const maps = MAX_RANGES_PER_REQUEST + 30
    write(place, maps)
    const { port, paths } = await serve(place)
    const pairs = await read(place, port, maps)
    expect(pairs.map(([, value]) => value)).toEqual(expected(maps))
    expect(paths.length).toBeLessThan(10)
    expect(place.metrics.shuffleReadRecords).toBe(pairs.length)
    place.end()
  })

  it('that are slow to come do not change the order', async () => {
    const place = somePlace(AMPLE)
    write(place, 8)
    const { port } = await serve(place, (turn) =>
      turn > 1
        ? undefined
        : (request, response) => void setTimeout(() => serveFiles(request, response, { appId: 'app-1', dirs: new LocalDirs([place.root]) }), 50),
    )
    const pairs = await read(place, port, 8, { workerIds: ['far', 'farther', 'farthest'] })
    expect(pairs.map(([, value]) => value)).toEqual(expected(8))
    place.end()
  })

  it('come together with those of this host', async () => {
    const place = somePlace(AMPLE)
    write(place, 6)
    const { port, paths } = await serve(place)
    const pairs = await read(place, port, 6, { near: (workerId) => workerId === 'near' })
    expect(pairs.map(([, value]) => value)).toEqual(expected(6))
    expect(paths).toEqual(['/apps/app-1/shuffle/7?b=0-0:1-3,2-2:1-3,4-4:1-3'])
    place.end()
  })

  it('are asked for again after a torn answer, each given once', async () => {
    const place = somePlace(AMPLE)
    write(place, 5)
    const { port, paths } = await serve(place, (turn) =>
      turn > 1
        ? undefined
        : (request, response) => {
            // what it writes is let through up to the middle of the second output
            const send = response.write.bind(response)
            let chunks = 0
            response.write = ((chunk: Uint8Array) => {
              if (++chunks <= 5) return send(chunk)
              response.destroy()
              return false
            }) as typeof response.write
            serveFiles(request, response, { appId: 'app-1', dirs: new LocalDirs([place.root]) })
          },
    )
    const pairs = await read(place, port, 5)
    expect(pairs.map(([, value]) => value)).toEqual(expected(5))
    expect(paths).toHaveLength(2)
    place.end()
  })

  it('that cannot be had are named by a FetchFailedError', async () => {
    const place = somePlace(AMPLE)
    write(place, 2)
    const { port, paths } = await serve(place)
    const failure = await read(place, port, 3).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(FetchFailedError)
    expect(failure).toMatchObject({ shuffleId: 7, mapIndex: 2, attemptId: 2, workerId: 'far' })
    expect(paths.length).toBeGreaterThan(1)
    place.end()
  })

  // many small ones, or a few of which each segment is larger than the room
  it.each([
    { maps: 40, workers: 13, room: 1500 },
    { maps: 12, workers: 5, room: 1 },
    { maps: 6, workers: 1, room: 700 },
  ])('pass through files where there is no room in memory: $maps outputs of $workers workers, $room bytes', async ({ maps, workers, room }) => {
    const place = somePlace(AMPLE)
    write(place, maps)
    const { port } = await serve(place)
    const workerIds = Array.from({ length: workers }, (_, at) => `far ${at}`)
    const pairs = await read(place, port, maps, { workerIds, maxSizeInFlight: room })
    expect(pairs.map(([, value]) => value)).toEqual(expected(maps))
    await expect.poll(() => openIn(place.spillDir)).toBe(0)
    place.end()
  })

  it('of several MiB are read back in pieces, and nothing is left of a reader that stops early', async () => {
    const place = somePlace(AMPLE)
    for (let mapIndex = 0; mapIndex < 3; mapIndex++) {
      const writer = createShuffleWriter({ ...place, dir: place.shuffleDir(7), mapIndex, attemptId: mapIndex, spec })
      for (let i = 0; i < 9000; i++) writer.write(pair(i, `${mapIndex}:${i}:${'x'.repeat(1000)}`))
      writer.commit()
    }
    const { port } = await serve(place)
    const reading = { workerIds: ['a', 'b', 'c'], maxSizeInFlight: 1 << 20 }
    const pairs = await read(place, port, 3, reading)
    expect(pairs.map(([, value]) => String(value).slice(0, -1001))).toEqual(
      [0, 1, 2].flatMap((map) => [1, 2].flatMap((segment) => Array.from({ length: 3000 }, (_, i) => `${map}:${3 * i + segment}`))),
    )
    const source = open(place, port, 3, reading)
    expect(await source.next()).not.toBeNull()
    expect(openIn(place.spillDir)).toBeGreaterThan(0)
    source.close()
    await expect.poll(() => openIn(place.spillDir)).toBe(0)
    place.end()
  })

  it('are fetched many ahead of their turn, and all that is read counts', async () => {
    const place = somePlace(AMPLE)
    // more than a connection holds by itself
    const maps = 16
    for (let mapIndex = 0; mapIndex < maps; mapIndex++) {
      const writer = createShuffleWriter({ ...place, dir: place.shuffleDir(7), mapIndex, attemptId: mapIndex, spec })
      for (let i = 0; i < 1500; i++) writer.write(pair(i, `${mapIndex}:${i}:${'x'.repeat(1000)}`))
      writer.commit()
    }
    const app = { appId: 'app-1', dirs: new LocalDirs([place.root]) }
    let held: (() => void) | undefined
    let sent = false
    const { port } = await serve(place, () => (request, response) => {
      const answer = () => serveFiles(request, response, app)
      // the first output is sent when all others are
      if (request.url!.includes('b=0-0:') && !sent) {
        held = answer
        return
      }
      // the reader may leave before the end of the answer has come
      response.on('close', () => {
        sent = true
        held?.()
        held = undefined
      })
      answer()
    })
    const workerIds = ['first', ...Array<string>(maps - 1).fill('second')]
    const pairs = await read(place, port, maps, { workerIds, maxSizeInFlight: 64 << 20 })
    expect([...new Set(pairs.map(([, value]) => Number(String(value).split(':')[0])))]).toEqual(Array.from({ length: maps }, (_, map) => map))
    expect(pairs).toHaveLength(maps * 1000)
    expect(place.metrics.shuffleReadBytes).toBeGreaterThan(maps * 1000 * 1000)
    place.end()
  })

  it.each([1, 1 << 20])('that are damaged are a failed fetch, in a room of %i bytes', async (maxSizeInFlight) => {
    const place = somePlace(AMPLE)
    write(place, 2)
    const path = join(place.shuffleDir(7), '1-1.data')
    const data = readFileSync(path)
    data[data.length - 20]! ^= 1
    writeFileSync(path, data)
    const { port } = await serve(place)
    await expect(read(place, port, 2, { maxSizeInFlight })).rejects.toMatchObject({
      name: 'FetchFailedError',
      mapIndex: 1,
      cause: { code: 'TSPARK_CHECKSUM' },
    })
    await expect.poll(() => openIn(place.spillDir)).toBe(0)
    place.end()
  })

  it('that cannot be decompressed though their checksum is right are a failed fetch of that output', async () => {
    const place = somePlace(AMPLE)
    for (let mapIndex = 0; mapIndex < 2; mapIndex++) {
      const writer = createShuffleWriter({ ...place, dir: place.shuffleDir(7), mapIndex, attemptId: mapIndex, spec, shuffleCodec: 'lz4' })
      for (let i = 0; i < 900; i++) writer.write(pair(i, `the value ${mapIndex} of many`))
      writer.commit()
    }
    const name = join(place.shuffleDir(7), '1-1')
    const [index, data] = [readFileSync(`${name}.index`), readFileSync(`${name}.data`)]
    const [start, end] = [index.readDoubleLE(8), index.readDoubleLE(16)]
    // behind the frame's head lies the length of the column
    data.writeUInt32LE(0xffffffff, start + 8)
    writeFileSync(`${name}.data`, data)
    index.writeUInt32LE(crc32(data.subarray(start, end)), 4 * 8 + 4)
    index.writeUInt32LE(crc32(index.subarray(0, -4)), index.length - 4)
    writeFileSync(`${name}.index`, index)
    const { port } = await serve(place)
    await expect(read(place, port, 2)).rejects.toMatchObject({
      name: 'FetchFailedError',
      shuffleId: 7,
      mapIndex: 1,
      attemptId: 1,
      workerId: 'far',
      cause: { code: 'TSPARK_CHECKSUM', message: expect.stringContaining('compressed block') as unknown },
    })
    place.end()
  })
})
