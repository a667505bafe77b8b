import { connect as dial } from 'node:net'
import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Master } from '../../../src/master/master.js'
import { decodeMessage, encodeMessage } from '../../../src/protocol/codec.js'
import { connect } from '../../../src/protocol/connect.js'
import type { Connection } from '../../../src/protocol/connection.js'
import { masterToWorker, type WorkerToMaster } from '../../../src/protocol/masterMessages.js'
import { mangledFrames } from '../../helpers/mangledFrames.js'
import { waitFor } from '../../helpers/waitFor.js'
import { TestDriver } from '../cluster/testDriver.js'

const token = 'a-token-that-is-long-enough'
const host = '127.0.0.1'

function registration(workerId: string, port = 1000): Extract<WorkerToMaster, { type: 'registerWorker' }> {
  const worker = { workerId, host, port, cores: 2, memory: 2 ** 30, hostId: 'h', scratchDirs: [`/nowhere/${port}`] }
  return { type: 'registerWorker', worker, executors: [] }
}

describe('a master among bad peers', () => {
  let master: Master
  let lines: string[]
  let connections: Connection[]

  beforeEach(async () => {
    lines = []
    connections = []
    master = await Master.start({ host, port: 0, token, log: (line) => lines.push(line) })
  })
  afterEach(async () => {
    for (const connection of connections) connection.terminate('over')
    await master.stop()
  })

  async function peer(role: 'worker' | 'driver'): Promise<Connection> {
    const connection = await connect(master.url, { token, role, timeoutMs: 5_000 })
    connections.push(connection)
    return connection
  }

  const closed = (connection: Connection) => new Promise<string>((resolve) => connection.onClose(resolve))

  async function worker(message: WorkerToMaster): Promise<Connection> {
    const connection = await peer('worker')
    const registered = new Promise<void>((resolve) => {
      connection.onMessage((frame) => {
        const answer = decodeMessage(masterToWorker, frame)
        if (answer.type === 'registered') resolve()
        if (answer.type === 'launchExecutor') {
          const { appId, executorId } = answer
          connection.send(encodeMessage({ type: 'executorStarted', appId, executorId }))
        }
      })
    })
    connection.send(encodeMessage(message))
    await registered
    return connection
  }

  /** An application still gets an executor. */
  async function serves(): Promise<void> {
    const driver = await TestDriver.register(master.url, token, {})
    expect((await driver.grant()).worker.workerId).toBe('honest')
    driver.unregister()
    await new Promise<void>((resolve) => driver.master.onClose(() => resolve()))
    driver.close()
  }

  it('keeps a worker that comes back right after it was given up for its silence', async () => {
    await master.stop()
    master = await Master.start({ host, port: 0, token, timeouts: { worker: 200, driver: 10_000, recovery: 20_000 }, log: (line) => lines.push(line) })
    const told = (text: string) => lines.some((line) => line.includes(text))
    await worker(registration('silent'))
    await waitFor(() => told('silent is lost: no heartbeat'), { what: 'the silent worker to be given up' })
    const back = await worker(registration('silent'))
    const other = await worker(registration('other', 2000))
    const beats = setInterval(() => {
      for (const [workerId, connection] of [
        ['silent', back],
        ['other', other],
      ] as const)
        connection.send(encodeMessage({ type: 'heartbeat', workerId }))
    }, 20)
    // what the end of the first connection could still do is done when one that ends later has done it
    other.terminate('it is gone')
    await waitFor(() => told('other is lost'), { withinMs: 15_000, what: 'the other worker to be lost' })
    clearInterval(beats)
    expect(lines.filter((line) => line.includes('silent is lost'))).toHaveLength(1)
  }, 30_000)

  it('refuses a worker with the name of another, and the other goes on', async () => {
    await worker(registration('honest'))
    const liar = await peer('worker')
    liar.send(encodeMessage(registration('honest', 2000)))
    expect(await closed(liar)).toContain('honest is the name of another worker')
    await serves()
  })

  it('lets a worker that comes back take the place of its broken connection', async () => {
    const first = await worker(registration('honest'))
    const gone = closed(first)
    await worker(registration('honest'))
    expect(await gone).toContain('it registered again')
    await serves()
  })

  it('lets a worker speak for its own executors only', async () => {
    await worker(registration('honest'))
    const driver = await TestDriver.register(master.url, token, {})
    const { executorId } = await driver.grant()
    const { appId } = driver
    const liar = await worker({ ...registration('liar', 2000), executors: [{ appId, executorId, cores: 1, memory: 1 }] })
    liar.send(encodeMessage({ type: 'executorEnded', appId, executorId, cause: { kind: 'exit' } }))
    liar.send(encodeMessage({ type: 'appOver', appId }))
    liar.send(encodeMessage({ type: 'leaving', workerId: 'honest' }))
    expect((await driver.workerLost()).workerId).toBe('liar')
    // Whoever comes back hears of all its executors.
    const again = await TestDriver.register(master.url, token, {}, driver)
    expect((await again.grant()).executorId).toBe(executorId)
    again.close()
    driver.close()
  })

  it.each(['worker', 'driver'] as const)('ends the connection of a %s that registers twice', async (role) => {
    const connection = await peer(role)
    const message = role === 'worker' ? registration('honest') : { type: 'registerApp', name: 'twice', resources: {} }
    connection.send(encodeMessage(message))
    connection.send(encodeMessage(message))
    expect(await closed(connection)).toContain('registered twice')
  })

  it('tells of a flood of garbage in one line', async () => {
    const connection = await peer('driver')
    const before = lines.length
    for (let i = 0; i < 1_000; i++) connection.send(new Uint8Array([0xc1, i & 255]))
    await closed(connection)
    expect(lines.slice(before)).toHaveLength(1)
  })

  it('survives random and mutated frames of those who know the token', async () => {
    await worker(registration('honest'))
    const samples: object[] = [
      { ...registration('fuzz', 3000), executors: [{ appId: 'app-1', executorId: '0', cores: 1, memory: 1 }] },
      { type: 'heartbeat', workerId: 'honest' },
      { type: 'executorEnded', appId: 'app-1', executorId: '0', cause: { kind: 'exit', exitCode: 1 } },
      { type: 'registerApp', name: 'fuzz', resources: { executorCores: 1 } },
      { type: 'unregisterApp', appId: 'app-1' },
    ]
    const mutated = mangledFrames(samples, 6)
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      mutated,
      // what is well-formed but no message
      fc.jsonValue().map((value) => encode(value)),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('worker' as const, 'driver' as const), fc.array(frame, { minLength: 1, maxLength: 8 }), async (role, frames) => {
        const before = lines.filter((line) => /malformed|decoded|spoke|registered twice|name of another/.test(line)).length
        const connection = await peer(role)
        for (const bytes of frames) connection.send(bytes)
        connection.close()
        await closed(connection)
        expect(lines.filter((line) => /malformed|decoded|spoke|registered twice|name of another/.test(line)).length - before).toBeLessThanOrEqual(1)
      }),
      { numRuns: 150 },
    )
    await serves()
  }, 30_000)

  it('survives random bytes of those who do not', async () => {
    await worker(registration('honest'))
    const request = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .string({ maxLength: 200 })
        .map((text) => Buffer.from(`GET /${text} HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\nauthorization: Bearer ${text}\r\n\r\n`)),
    )
    await fc.assert(
      fc.asyncProperty(request, async (bytes) => {
        await new Promise<void>((resolve) => {
          const socket = dial(master.port, host, () => socket.end(bytes))
          socket.on('error', () => {})
          socket.on('close', () => resolve())
          socket.resume()
        })
      }),
      { numRuns: 150 },
    )
    await serves()
  }, 30_000)
})
