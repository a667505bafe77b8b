import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LocalCluster, startLocalCluster } from '../../../src/cluster/localCluster.js'
import { blockRequestPath, decodeSegmentHeader, SEGMENT_FAILED, SEGMENT_HEADER_BYTES, SEGMENT_OK } from '../../../src/protocol/blockRequest.js'
import { requestHeaders } from '../../../src/protocol/headers.js'
import { TestDriver } from './testDriver.js'

const MIB = 1024 * 1024
const executorMain = fileURLToPath(new URL('./echoExecutor.mjs', import.meta.url))

describe('an embedded cluster', () => {
  let dir: string
  let cluster: LocalCluster
  let driver: TestDriver

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tspark-test-'))
    cluster = await startLocalCluster({ workers: 2, cores: 2, memory: 512 * MIB, localDirs: [dir], log: () => {}, executorMain })
    driver = await TestDriver.register(cluster.masterUrl, cluster.token, { executorCores: 2 })
  })

  afterEach(async () => {
    driver.close()
    await cluster.stop()
    expect(readdirSync(dir)).toEqual([])
    rmSync(dir, { recursive: true })
  })

  it('grants an executor on every worker and relays bytes both ways', async () => {
    const grants = [await driver.grant(), await driver.grant()]
    expect(new Set(grants.map((grant) => grant.worker.workerId))).toEqual(new Set(['worker-0', 'worker-1']))
    for (const grant of grants) {
      await driver.attach(grant)
      driver.send(grant, 'hello')
      expect(await driver.answer(grant)).toBe('echo hello')
    }
  })

  it('starts executors with five environment variables and no more', async () => {
    const grant = await driver.grant()
    await driver.attach(grant)
    driver.send(grant, 'env')
    const names = (await driver.answer(grant)).split(',').filter((name) => !name.startsWith('NODE_CHANNEL'))
    expect(['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ']).toEqual(expect.arrayContaining(names))
  })

  it('fetches a blob from the driver once, in pieces, and refuses one that is not there', async () => {
    const grant = await driver.grant()
    await driver.attach(grant)
    const blob = randomBytes(3 * MIB)
    const hash = createHash('sha256').update(blob).digest('hex')
    driver.blobs.set(hash, blob)
    driver.send(grant, `blob ${hash}`)
    expect(readFileSync(await driver.answer(grant)).equals(blob)).toBe(true)
    driver.send(grant, `blob ${hash}`)
    await driver.answer(grant)
    expect(driver.blobRequests).toBe(1)
    driver.send(grant, `blob ${'0'.repeat(64)}`)
    expect(await driver.answer(grant)).toContain('error: the driver has no blob')
  })

  it('refuses a blob whose bytes are not what its hash says', async () => {
    const grant = await driver.grant()
    await driver.attach(grant)
    driver.blobs.set('f'.repeat(64), Buffer.from('something else'))
    driver.send(grant, `blob ${'f'.repeat(64)}`)
    expect(await driver.answer(grant)).toContain('checksum')
  })

  it('tells how an executor died and replaces it', async () => {
    const first = await driver.grant()
    await driver.grant()
    await driver.attach(first)
    driver.send(first, 'die')
    const { executorId, cause } = await driver.ended()
    expect(executorId).toBe(first.executorId)
    expect(cause).toMatchObject({ kind: 'signal', signal: 'SIGABRT', guess: expect.stringContaining('out of memory') })
    expect(cause.stderr?.join('\n')).toContain('Reached heap limit')
    const replacement = await driver.grant()
    expect(replacement.worker.workerId).toBe(first.worker.workerId)
    expect(replacement.executorId).not.toBe(first.executorId)
  })

  it('gives up an application whose executors only die', async () => {
    for (;;) {
      const grant = await driver.grantOrFailure()
      if ('code' in grant) {
        expect(grant.code).toBe('TSPARK_EXECUTORS_LOST')
        return
      }
      await driver.attach(grant).catch(() => {})
      driver.send(grant, 'die')
    }
  })

  it('serves segments of map outputs by id, says which it lacks, and nothing without the secret', async () => {
    const grant = await driver.grant()
    await driver.attach(grant)
    const { worker } = grant
    const shuffleDir = join(worker.scratchDirs[0]!, driver.appId, 'shuffle')
    writeMapOutput(join(shuffleDir, '3'), '0-17', ['first', 'second', ''])
    const base = `http://${worker.host}:${worker.port}`
    const path = blockRequestPath(driver.appId, 3, [
      { mapIndex: 0, attemptId: 17, from: 0, to: 3 },
      { mapIndex: 1, attemptId: 18, from: 0, to: 1 },
    ])
    const headers = requestHeaders({ token: driver.secret, role: 'executor', app: driver.appId })
    const body = new Uint8Array(await (await fetch(base + path, { headers })).arrayBuffer())
    const seen: [number, string][] = []
    for (let at = 0; at < body.length; ) {
      const { status, length, crc32: sum } = decodeSegmentHeader(body, at)
      const data = body.subarray(at + SEGMENT_HEADER_BYTES, at + SEGMENT_HEADER_BYTES + length)
      if (status === SEGMENT_OK) expect(sum).toBe(crc32(data))
      seen.push([status, Buffer.from(data).toString()])
      at += SEGMENT_HEADER_BYTES + length
    }
    expect(seen.slice(0, 3)).toEqual([
      [SEGMENT_OK, 'first'],
      [SEGMENT_OK, 'second'],
      [SEGMENT_OK, ''],
    ])
    expect(seen[3]?.[0]).toBe(SEGMENT_FAILED)
    expect((await fetch(base + path)).status).toBe(401)
    expect((await fetch(base + path, { headers: { ...headers, authorization: `Bearer ${cluster.token}` } })).status).toBe(401)
    expect((await fetch(`${base}/apps/${driver.appId}/results/..%2f..%2fetc`, { headers })).status).toBe(404)
    expect((await fetch(`${base}/apps/other/results/x`, { headers })).status).toBe(404)
    mkdirSync(join(worker.scratchDirs[0]!, driver.appId, 'results'))
    writeFileSync(join(worker.scratchDirs[0]!, driver.appId, 'results', 'r-1'), 'a result')
    expect(await (await fetch(`${base}/apps/${driver.appId}/results/r-1`, { headers })).text()).toBe('a result')
  })

  it('ends executors and files when the application is over, and tells by closing', async () => {
    const grant = await driver.grant()
    const link = await driver.attach(grant)
    const appDir = join(grant.worker.scratchDirs[0]!, driver.appId)
    expect(existsSync(appDir)).toBe(true)
    driver.unregister()
    await new Promise<void>((resolve) => link.onClose(() => resolve()))
    expect(existsSync(appDir)).toBe(false)
  })

  it('tells a second application behind whom it waits, and serves it when the first is over', async () => {
    await driver.grant()
    await driver.grant()
    const second = await TestDriver.register(cluster.masterUrl, cluster.token, { executorCores: 2 })
    expect(await second.waiting()).toContain(driver.appId)
    driver.unregister()
    await second.grant()
    second.close()
  })
})

function writeMapOutput(dir: string, name: string, segments: readonly string[]): void {
  const data = segments.map((text) => Buffer.from(text))
  const index = Buffer.alloc((data.length + 1) * 8 + data.length * 4 + 4)
  let offset = 0
  for (const [i, segment] of data.entries()) {
    offset += segment.length
    index.writeDoubleLE(offset, (i + 1) * 8)
    index.writeUInt32LE(crc32(segment), (data.length + 1) * 8 + i * 4)
  }
  index.writeUInt32LE(crc32(index.subarray(0, -4)), index.length - 4)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, `${name}.data`), Buffer.concat(data))
  writeFileSync(join(dir, `${name}.index`), index)
}
