import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { BlockCache } from '../../../src/executor/blockCache.js'
import { CacheExchange } from '../../../src/executor/cacheExchange.js'
import { encodeBatch } from '../../../src/shuffle/frame.js'
import { FrameSource } from '../../../src/sources/frameSource.js'
import { LocalDirs } from '../../../src/storage/localDirs.js'
import { MemoryBudget } from '../../../src/storage/memoryBudget.js'
import { CachedBlocks } from '../../../src/worker/cachedBlocks.js'
import { serveFiles } from '../../../src/worker/fileServer.js'

const MEMORY = { useDisk: false, useMemory: true, deserialized: false, replication: 2 }
const RECORDS = Array.from({ length: 100 }, (_, row) => ({ row }))

const servers: Server[] = []
const folders: string[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** An executor's cache, and the worker that serves it; `disturb` answers in its place. */
async function executor({ executorId = 'e1', memory = 1 << 20, disturb = undefined as RequestListener | undefined } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'tspark-exchange-'))
  folders.push(root)
  const dirs = new LocalDirs([root])
  const budget = MemoryBudget.create(memory)
  const cache = new BlockCache(
    budget,
    () => {},
    () => {},
  )
  const exchange = new CacheExchange({ appId: 'app-1', executorId, appSecret: '00' }, dirs, cache, budget)
  const cachedBlocks: CachedBlocks = new CachedBlocks(dirs, (asked, { request, rddId, partition }) => {
    if (asked !== executorId) return false
    void exchange.open(rddId, partition).then((file) => cachedBlocks.opened({ type: 'cachedOpened', request, file }))
    return true
  })
  const server = createServer((request, response) =>
    disturb ? disturb(request, response) : serveFiles(request, response, { appId: 'app-1', dirs, cachedBlocks }),
  )
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const holder = { executorId, host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  const files = (): string[] => readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /[\w-]+\/.+/.test(name))
  return { cache, exchange, holder, budget, files }
}

function put({ cache, budget }: Awaited<ReturnType<typeof executor>>): void {
  expect(budget.tryAcquire(4096)).toBe(true)
  cache.put(7, 3, { frames: [encodeBatch(RECORDS.slice(0, 60)), encodeBatch(RECORDS.slice(60))], keepsValues: false }, 4096)
}

function read(path: string): unknown[] {
  const source = new FrameSource(path, true)
  const records: unknown[] = []
  for (let batch = source.next(); batch; batch = source.next()) records.push(...batch)
  source.close()
  return records
}

describe('a cached partition of another executor', () => {
  it('comes as a file of its own, and nothing of it is left', async () => {
    const [one, two] = [await executor(), await executor()]
    put(one)
    two.exchange.know([one.holder])
    const path = await two.exchange.fetch(7, 3, ['e1'])
    expect(read(path!)).toEqual(RECORDS)
    expect([one.files(), two.files()]).toEqual([[], []])
  })

  it('is taken into the cache as its level says', async () => {
    const [one, two] = [await executor(), await executor()]
    put(one)
    expect(await two.exchange.replicate(7, 3, MEMORY, one.holder)).toMatchObject({ onDisk: false })
    expect(two.cache.get(7, 3)?.frames).toHaveLength(2)
    expect(two.files()).toEqual([])
    const three = await executor({ executorId: 'e3' })
    // a copy of the copy, on disk
    expect(await three.exchange.replicate(7, 3, { ...MEMORY, useMemory: false, useDisk: true }, two.holder)).toMatchObject({ onDisk: true })
    expect(three.files()).toHaveLength(1)
    one.exchange.know([three.holder])
    const path = await one.exchange.fetch(7, 3, ['e3'])
    expect(read(path!)).toEqual(RECORDS)
    three.cache.dropRdd(7)
    expect(three.files()).toEqual([])
  })

  it('is refused where there is no room, or goes to disk', async () => {
    const [one, two] = [await executor(), await executor({ memory: 1024 })]
    put(one)
    expect(await two.exchange.replicate(7, 3, MEMORY, one.holder)).toBeUndefined()
    expect([two.files(), two.budget.used]).toEqual([[], 0])
    expect(await two.exchange.replicate(7, 3, { ...MEMORY, useDisk: true }, one.holder)).toMatchObject({ onDisk: true })
    expect(two.cache.get(7, 3)?.path).toBeDefined()
  })

  it.each([
    ['is damaged', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 20), Buffer.from([bytes[20]! ^ 1]), bytes.subarray(21)])],
    ['is cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 5)],
  ])('that %s is read from the next holder', async (_, damage) => {
    const [one, two] = [await executor(), await executor()]
    put(one)
    const whole = await fetch(`http://127.0.0.1:${one.holder.port}/apps/app-1/cache/e1/7-3`)
    const bytes = Buffer.from(await whole.arrayBuffer())
    const bad = await executor({ executorId: 'bad', disturb: (_request, response) => response.end(damage(bytes)) })
    two.exchange.know([bad.holder, one.holder])
    expect(await two.exchange.fetch(7, 3, ['bad'])).toBeUndefined()
    expect(two.files()).toEqual([])
    const path = await two.exchange.fetch(7, 3, ['bad', 'e1'])
    expect(read(path!)).toEqual(RECORDS)
  })

  it('that is gone, of another executor or of another application is not there', async () => {
    const one = await executor()
    put(one)
    for (const path of ['/apps/app-1/cache/e1/7-4', '/apps/app-1/cache/e2/7-3', '/apps/app-2/cache/e1/7-3', '/apps/app-1/cache/e1/7-3/../x'])
      expect((await fetch(`http://127.0.0.1:${one.holder.port}${path}`)).status).toBe(404)
    one.exchange.know([{ ...one.holder, port: 1 }])
    expect(await one.exchange.fetch(7, 3, ['e1', 'nobody'])).toBeUndefined()
  })
})
