import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createShuffleWriter } from '../../../src/shuffle/createShuffleWriter.js'
import { LocalDirs } from '../../../src/storage/localDirs.js'
import { serveFiles } from '../../../src/worker/fileServer.js'
import { AMPLE, pair, somePlace } from '../shuffle/somePlace.js'

const GOOD = '/apps/app-1/shuffle/7?b=0-0:0-2'
const SECRET = 'what no request may read'

describe('requests for blocks that nobody should send', () => {
  let place: ReturnType<typeof somePlace>
  let server: Server
  beforeEach(async () => {
    place = somePlace(AMPLE)
    const spec = { shuffleId: 7, numReducers: 2, partition: (key: unknown) => (key as number) % 2 }
    const writer = createShuffleWriter({ ...place, dir: place.shuffleDir(7), mapIndex: 0, attemptId: 0, spec })
    for (let i = 0; i < 50; i++) writer.write(pair(i, `value ${i}`))
    writer.commit()
    mkdirSync(join(place.root, 'results'))
    writeFileSync(join(place.root, 'results', 'one'), 'a result')
    writeFileSync(join(place.root, 'secret'), SECRET)
    const app = { appId: 'app-1', dirs: new LocalDirs([place.root]) }
    server = createServer((incoming, response) => serveFiles(incoming, response, app))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
    rmSync(join(place.root, 'secret'))
    place.end()
  })

  /** What comes back, however the answer ends. */
  const ask = (path: string): Promise<{ status: number; body: string }> =>
    new Promise((resolve) => {
      const { port } = server.address() as AddressInfo
      const sent = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
        const chunks: Buffer[] = []
        const done = () => resolve({ status: response.statusCode!, body: Buffer.concat(chunks).toString('latin1') })
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', done)
        response.on('error', done)
      })
      sent.on('error', () => resolve({ status: 0, body: '' }))
      sent.end()
    })

  it('are answered by an error and do no harm', async () => {
    const good = await ask(GOOD)
    expect(good.status).toBe(200)
    const number = fc.oneof(fc.nat(5), fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 53, 10 ** 14))
    const range = fc.tuple(number, number, number, number).map(([map, attempt, from, to]) => `${map}-${attempt}:${from}-${to}`)
    const ranges = fc.array(range, { minLength: 1, maxLength: 5 }).map((list) => `/apps/app-1/shuffle/7?b=${list.join(',')}`)
    const named = fc.constantFrom('one', '..', '.', '../secret', '..%2fsecret', 'two', '...').map((name) => `/apps/app-1/results/${name}`)
    const file = fc.tuple(number, number, fc.constantFrom('index', 'data')).map(([map, attempt, part]) => `/apps/app-1/shuffle/7/${map}-${attempt}.${part}`)
    const mutated = fc
      .tuple(
        fc.constantFrom(GOOD, '/apps/app-1/results/one', '/apps/app-1/shuffle/7/0-0.data'),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 33, max: 126 })), { maxLength: 4 }),
      )
      .map(([path, changes]) => {
        const letters = [...path]
        for (const [at, code] of changes) letters[1 + (at % (letters.length - 1))] = String.fromCharCode(code)
        return letters.join('')
      })
    await fc.assert(
      fc.asyncProperty(fc.oneof(ranges, named, file, mutated), async (path) => {
        const { status, body } = await ask(path)
        expect([0, 200, 400, 404]).toContain(status)
        expect(body).not.toContain(SECRET)
      }),
      { numRuns: 400 },
    )
    expect(await ask(GOOD)).toEqual(good)
    expect((await ask('/apps/app-1/results/one')).body).toBe('a result')
  })
})
