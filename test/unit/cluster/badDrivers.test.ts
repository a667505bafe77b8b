import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LocalCluster, startLocalCluster } from '../../../src/cluster/localCluster.js'
import { Channel } from '../../../src/protocol/channel.js'
import { connect } from '../../../src/protocol/connect.js'
import type { ExecutorGrant } from '../../../src/protocol/shapes.js'
import { mangledFrames } from '../../helpers/mangledFrames.js'
import { TestDriver } from './testDriver.js'

const MIB = 1024 * 1024
const executorMain = fileURLToPath(new URL('./echoExecutor.mjs', import.meta.url))

describe('a worker among bad peers', () => {
  let dir: string
  let cluster: LocalCluster
  let driver: TestDriver
  let grant: ExecutorGrant

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tspark-test-'))
    cluster = await startLocalCluster({ workers: 1, cores: 2, memory: 512 * MIB, localDirs: [dir], log: () => {}, executorMain })
    driver = await TestDriver.register(cluster.masterUrl, cluster.token, { executorCores: 1, executorMemory: 128 * MIB, numExecutors: 1 })
    grant = await driver.grant()
  })
  afterEach(async () => {
    driver.close()
    await cluster.stop()
    expect(readdirSync(dir)).toEqual([])
    rmSync(dir, { recursive: true })
  })

  /** Another application still works with its executor. */
  async function serves(): Promise<void> {
    const other = await TestDriver.register(cluster.masterUrl, cluster.token, { executorCores: 1, executorMemory: 128 * MIB, numExecutors: 1 })
    const its = await other.grant()
    await other.attach(its)
    other.send(its, 'hello')
    expect(await other.answer(its)).toBe('echo hello')
    other.close()
  }

  it('survives random and mutated frames of a driver that knows its secret', async () => {
    const { appId, secret } = driver
    const { worker, executorId } = grant
    const attach = encode({ type: 'attach', appId, received: 0 })
    const samples: object[] = [
      { type: 'toExecutor', executorId, data: new Uint8Array([1, 2, 3]) },
      { type: 'toExecutor', executorId: 'nobody', data: new Uint8Array(100) },
      { type: 'blobChunk', hash: 'a'.repeat(64), size: 10, offset: 0, data: new Uint8Array(10) },
      { type: 'blobMissing', hash: '../../etc/passwd' },
      { type: 'killExecutor', executorId: 'nobody', reason: 'none' },
      { type: 'copyMapOutputs', from: { workerId: 'w', host: '127.0.0.1', port: 1 }, outputs: [{ shuffleId: 0, mapIndex: 0, attemptId: 0 }] },
      { type: 'dropResult', name: '..' },
      { type: 'dropShuffle', shuffleId: 3 },
      { type: 'attach', appId: 'another', received: 2 ** 40 },
    ]
    const mutated = mangledFrames(samples, 4)
    const frame = fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated)
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.boolean(), fc.array(frame, { minLength: 1, maxLength: 8 }), async (attaches, numbers, frames) => {
        const connection = await connect(`tspark://${worker.host}:${worker.port}`, { token: secret, role: 'driver', app: appId, timeoutMs: 5_000 })
        const closed = new Promise<string>((resolve) => connection.onClose(resolve))
        if (attaches) connection.send(attach)
        // once attached both sides number their frames
        const channel = new Channel()
        for (const bytes of frames) connection.send(numbers ? channel.send(bytes) : bytes)
        connection.close()
        await closed
      }),
      { numRuns: 100 },
    )
    await serves()
  }, 30_000)

  it('survives random bytes of those who know nothing, and their requests', async () => {
    const { host, port } = grant.worker
    const text = fc.string({ maxLength: 200 })
    const request = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      text.map((path) => Buffer.from(`GET /apps/${driver.appId}/${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${path}\r\n\r\n`)),
      text.map((token) => Buffer.from(`GET / HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\nauthorization: Bearer ${token}\r\n\r\n`)),
    )
    await fc.assert(
      fc.asyncProperty(request, async (bytes) => {
        await new Promise<void>((resolve) => {
          const socket = dial(port, host, () => socket.end(bytes))
          socket.on('error', () => {})
          socket.on('close', () => resolve())
          socket.resume()
        })
      }),
      { numRuns: 100 },
    )
    await serves()
  }, 30_000)
})
