import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
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

function write(place: ReturnType<typeof somePlace>, maps: number): void {
  for (let mapIndex = 0; mapIndex < maps; mapIndex++) {
    const spec = { shuffleId: 7, numReducers: 3, partition: (key: unknown) => (key as number) % 3 }
    const writer = createShuffleWriter({ ...place, dir: place.shuffleDir(7), mapIndex, attemptId: mapIndex, spec })
    for (let i = 0; i < 90; i++) writer.write(pair(i, `${mapIndex}:${i}`))
    writer.commit()
  }
}

async function read(
  place: ReturnType<typeof somePlace>,
  port: number,
  maps: number,
  near: (workerId: string) => boolean = () => false,
  workerIds = ['far'],
): Promise<[unknown, unknown][]> {
  const worker = { host: '127.0.0.1', port, cores: 1, memory: 1, hostId: 'other', scratchDirs: [] }
  const source = createShuffleReader({
    spec: { shuffleId: 7, from: 1, to: 3 },
    numMaps: maps,
    locations: Array.from({ length: maps }, (_, mapIndex) => ({ mapIndex, attemptId: mapIndex, workerId: mapIndex % 2 === 0 ? 'far' : 'near' })).map(
      (location) => (near('near') ? location : { ...location, workerId: workerIds[location.mapIndex % workerIds.length]! }),
    ),
    appId: 'app-1',
    appSecretHex: '00',
    workers: workerIds.map((workerId) => ({ ...worker, workerId })),
    localDirsOf: (workerId) => (near(workerId) ? [place.shuffleDir(7)] : undefined),
    maxSizeInFlight: 1 << 20,
    metrics: place.metrics,
  })
  expect(source.mayWait).toBe(true)
  const pairs: [unknown, unknown][] = []
  try {
    for (let batch = await source.next(); batch !== null; batch = await source.next()) pairs.push(...batch)
  } finally {
    source.close()
  }
  return pairs
}

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
    const pairs = await read(place, port, 8, undefined, ['far', 'farther', 'farthest'])
    expect(pairs.map(([, value]) => value)).toEqual(expected(8))
    place.end()
  })

  it('come together with those of this host', async () => {
    const place = somePlace(AMPLE)
    write(place, 6)
    const { port, paths } = await serve(place)
    const pairs = await read(place, port, 6, (workerId) => workerId === 'near')
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
})
