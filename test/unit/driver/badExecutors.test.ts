import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decode, encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LocalCluster, startLocalCluster } from '../../../src/cluster/localCluster.js'
import { Application } from '../../../src/driver/application.js'
import { BlobStore } from '../../../src/driver/blobStore.js'
import { LogThreshold } from '../../../src/driver/logThreshold.js'
import { Runner } from '../../../src/driver/runner.js'
import { WorkerLink } from '../../../src/driver/workerLink.js'
import type { TsparkEvent } from '../../../src/events/event.js'
import { Channel } from '../../../src/protocol/channel.js'
import { Server } from '../../../src/protocol/server.js'
import type { RunOptions } from '../../../src/protocol/submitMessages.js'
import { mangledFrames } from '../../helpers/mangledFrames.js'
import { plan, stage } from '../scheduler/schedulerBench.js'

const MIB = 1024 * 1024
const executorMain = fileURLToPath(new URL('./garblingExecutor.mjs', import.meta.url))

describe('a driver among bad executors', () => {
  let dir: string
  let cluster: LocalCluster
  let app: Application
  let runner: Runner
  let events: TsparkEvent[]
  let failures: unknown[]

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tspark-test-'))
    const bundlePath = join(dir, 'bundle.mjs')
    writeFileSync(bundlePath, '')
    const scratch = mkdtempSync(join(dir, 'scratch-'))
    cluster = await startLocalCluster({ workers: 2, cores: 2, memory: 512 * MIB, localDirs: [scratch], log: () => {}, executorMain })
    events = []
    failures = []
    const options: RunOptions = {
      master: cluster.masterUrl,
      token: cluster.token,
      name: 'fuzz',
      resources: { executorCores: 2, executorMemory: 256 * MIB, numExecutors: 2 },
      args: [],
      jobFile: '/job.ts',
      conf: { 'spark.task.maxFailures': '1000' },
      localDirs: [],
      files: [],
      archives: [],
    }
    app = new Application(options, {
      executorReady: (grant, has) => runner.executorReady(grant, has),
      executorLost: (executorId, cause) => runner.executorLost(executorId, cause),
      workerDraining: () => {},
      mapOutputCopied: () => {},
      workerLost: (workerId) => {
        failures.push(`worker ${workerId} was lost`)
        runner.workerLost(workerId)
      },
      fromExecutor: (executorId, message) => runner.fromExecutor(executorId, message),
      event: (event) => events.push(event),
      failed: (error) => failures.push(error),
    })
    runner = new Runner(
      app,
      options,
      (event) => events.push(event),
      () => undefined,
      new LogThreshold(),
    )
    runner.onAccumulator((_, update) => {
      if (decode(update) !== 1) throw new Error('no such update')
    })
    await app.start()
    app.provide({ hash: 'a'.repeat(64), bundlePath, mapPath: '', metaPath: '', externals: [] })
  })
  afterEach(async () => {
    runner.close()
    await app.stop()
    await cluster.stop()
    rmSync(dir, { recursive: true })
  })

  /** A job of two stages in which of so many messages of executors one is garbled; 0: none. */
  async function job(id: number, garbleEvery: number, properties: Record<string, string> = {}): Promise<unknown[]> {
    const map = stage({ numPartitions: 6, shuffleId: id, program: Uint8Array.of(1) })
    return await runner.run({
      plan: plan(stage({ numPartitions: 6, shuffles: [id], program: Uint8Array.of(0) }), map),
      partitions: [0, 1, 2, 3, 4, 5],
      name: 'fuzz',
      site: '',
      properties: { garbleEvery: String(garbleEvery), ...properties },
      tags: [],
      decode: (bytes) => (decode(bytes) as { partition: number }).partition,
    })
  }

  it('ends those that it does not understand, tells why, and goes on with others', async () => {
    let ended = 0
    for (let id = 0; id < 30; id++) {
      await job(id, 6).then(
        (values) => expect(values).toHaveLength(6),
        // what is garbled may be an error that the executor tells, or a result that is none
        (error) => expect(error).toBeInstanceOf(Error),
      )
      expect(failures).toEqual([])
    }
    for (const event of events) {
      if (event.type !== 'executor.removed' || !event.cause.guess?.startsWith('what it said is not understood: ')) continue
      ended++
      expect(event.cause.guess).toMatch(/a message (is malformed at|could not be decoded)|it speaks of task|it said twice|no such update|checksum mismatch/)
    }
    expect(ended).toBeGreaterThan(10)
    expect(await job(1000, 0)).toEqual([0, 1, 2, 3, 4, 5])
  }, 60_000)

  it('ends them too for what they say beside a result that has to be fetched', async () => {
    // at its first attempt each task says something that means nothing
    expect(await job(0, 0, { large: '1' })).toEqual([0, 1, 2, 3, 4, 5])
    expect(failures).toEqual([])
    const guesses = events.flatMap((event) => (event.type === 'executor.removed' ? [event.cause.guess] : []))
    expect(guesses).toContain('what it said is not understood: no such update')
  })
})

describe('a driver and a bad worker', () => {
  it('part, once and with a reason, whatever it says', async () => {
    const secret = 'a-secret-that-is-long-enough'
    let speak: (send: (bytes: Uint8Array) => void) => void = () => {}
    const server = await Server.start({
      host: '127.0.0.1',
      port: 0,
      secretFor: () => secret,
      onConnection: (connection) => {
        connection.onMessage(() => speak((bytes) => connection.send(bytes)))
      },
    })
    const worker = { workerId: 'w', host: '127.0.0.1', port: server.port, cores: 1, memory: 1, hostId: 'h', scratchDirs: ['/'] }
    const attached = { type: 'attached', workerId: 'w', received: 0 }
    const samples: object[] = [
      attached,
      { type: 'draining' },
      { type: 'fromExecutor', executorId: '0', data: new Uint8Array(20) },
      { type: 'executorEnded', executorId: '0', cause: { kind: 'exit', exitCode: 1 } },
      { type: 'executorOutput', executorId: '0', stream: 'stderr', text: 'hello' },
      { type: 'mapOutputCopied', from: 'v', output: { shuffleId: 0, mapIndex: 1, attemptId: 2 } },
      { type: 'needBlob', hash: '../../etc/passwd' },
    ]
    const mutated = mangledFrames(samples, 4)
    const frame = fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated)
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.boolean(), fc.array(frame, { maxLength: 8 }), async (attaches, numbers, frames) => {
        const reasons: string[] = []
        await new Promise<void>((resolve) => {
          const channel = new Channel()
          let spoken = false
          speak = (send) => {
            if (spoken) return
            spoken = true
            if (attaches) send(encode(attached))
            for (const bytes of frames) send(numbers ? channel.send(bytes) : bytes)
            // less than the head of a frame
            send(Uint8Array.of(0xc1))
          }
          const ignore = (): void => {}
          new WorkerLink(worker, { appId: 'app-1', secret }, new BlobStore(), {
            fromExecutor: ignore,
            executorEnded: ignore,
            executorOutput: ignore,
            draining: ignore,
            mapOutputCopied: ignore,
            lost: (_, reason) => {
              reasons.push(reason)
              resolve()
            },
          })
        })
        expect(reasons).toHaveLength(1)
        expect(reasons[0]).not.toBe('')
      }),
      { numRuns: 150 },
    )
    await server.stop()
  }, 30_000)
})
