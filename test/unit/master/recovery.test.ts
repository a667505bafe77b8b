import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Master } from '../../../src/master/master.js'
import { decodeMessage, encodeMessage } from '../../../src/protocol/codec.js'
import { connect } from '../../../src/protocol/connect.js'
import { masterToWorker, type WorkerToMaster } from '../../../src/protocol/masterMessages.js'
import { Worker } from '../../../src/worker/worker.js'
import { waitFor } from '../../helpers/waitFor.js'
import { TestDriver } from '../cluster/testDriver.js'

const MIB = 1024 * 1024
const token = 'a-token-that-is-long-enough'
const host = '127.0.0.1'
const log = () => {}
const executorMain = fileURLToPath(new URL('../cluster/echoExecutor.mjs', import.meta.url))

describe('a master that comes back', () => {
  let dir: string
  let master: Master
  let worker: Worker
  const stateDir = () => join(dir, 'state')

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tspark-master-'))
    master = await Master.start({ host, port: 0, token, stateDir, log })
    worker = await Worker.start({
      masterUrl: master.url,
      token,
      host,
      port: 0,
      cores: 2,
      memory: 512 * MIB,
      localDirs: [join(dir, 'scratch')],
      log,
      executorMain,
    })
  })
  afterEach(async () => {
    await worker.stop()
    await master.stop()
    expect(readdirSync(join(dir, 'scratch'))).toEqual([])
    rmSync(dir, { recursive: true })
  })

  it('knows applications and workers again, and the executors go on', async () => {
    const driver = await TestDriver.register(master.url, token, {})
    const grant = await driver.grant()
    await driver.attach(grant)
    const gone = new Promise<void>((resolve) => driver.master.onClose(() => resolve()))
    await master.stop()
    await gone
    expect(statSync(join(stateDir(), 'master.json')).mode & 0o777).toBe(0o600)

    // The executor works on without a master.
    driver.send(grant, 'alone')
    expect(await driver.answer(grant)).toBe('echo alone')

    master = await Master.start({ host, port: master.port, token, stateDir, log })
    const again = await TestDriver.register(master.url, token, {}, driver)
    expect(again.appId).toBe(driver.appId)
    expect((await again.grant()).executorId).toBe(grant.executorId)

    // What is held is not handed out twice, what ends is given to the next.
    const next = await TestDriver.register(master.url, token, {})
    expect(await next.waiting()).toContain(driver.appId)
    expect(next.appId).not.toBe(driver.appId)
    again.unregister()
    await next.grant()
    next.close()
    driver.close()
  })

  it('gives nothing past those who were there before, and goes on when all have answered', async () => {
    const holder = await TestDriver.register(master.url, token, {})
    await holder.grant()
    const second = await TestDriver.register(master.url, token, {})
    expect(await second.waiting()).toContain(holder.appId)
    await master.stop()

    const lines: string[] = []
    master = await Master.start({ host, port: master.port, token, stateDir, log: (line) => lines.push(line) })
    const newcomer = await TestDriver.register(master.url, token, {})
    expect(await newcomer.waiting()).toMatch(`(${second.appId}), which was here first, to come back`)
    const holderAgain = await TestDriver.register(master.url, token, {}, holder)
    await holderAgain.grant()
    holderAgain.unregister()
    const granted = newcomer.grant().then(({ executorId }) => `newcomer ${executorId}`)
    const secondAgain = await TestDriver.register(master.url, token, {}, second)
    const first = await Promise.race([granted, secondAgain.grant().then(() => 'the one that was here first')])
    expect(first).toBe('the one that was here first')
    expect(lines.filter((line) => line.startsWith('recovery is over'))).toHaveLength(1)
    secondAgain.unregister()
    await granted
    for (const driver of [holder, second, newcomer]) driver.close()
  })

  it('refuses a driver that comes back with another secret', async () => {
    const driver = await TestDriver.register(master.url, token, {})
    const thief = TestDriver.register(master.url, token, {}, { appId: driver.appId, secret: '00'.repeat(32) })
    const refused = await Promise.race([thief.then(() => false), driver.grant().then(() => true)])
    expect(refused).toBe(true)
    driver.close()
  })

  it('takes in an application that it has forgotten', async () => {
    const again = await TestDriver.register(master.url, token, {}, { appId: 'app-of-old', secret: 'ab'.repeat(32) })
    expect(again.appId).toBe('app-of-old')
    expect(Number((await again.grant()).executorId)).toBeGreaterThan(100)
    again.close()
  })

  it('tells the driver of a worker that stops, and waits for another', async () => {
    const driver = await TestDriver.register(master.url, token, {})
    await driver.grant()
    await worker.stop()
    expect((await driver.ended()).cause.kind).toMatch(/killed|lost/)
    expect((await driver.workerLost()).workerId).toBe(worker.info.workerId)
    expect(await driver.waiting()).toContain('waiting for workers')
    worker = await Worker.start({
      masterUrl: master.url,
      token,
      host,
      port: 0,
      cores: 1,
      memory: 512 * MIB,
      localDirs: [join(dir, 'scratch')],
      log,
      executorMain,
    })
    expect((await driver.grant()).cores).toBe(1)
    driver.close()
  })

  it('tells the driver of a worker whose connection broke and did not come back', async () => {
    const lone = await Master.start({ host, port: 0, token, log })
    const connection = await connect(lone.url, { token, role: 'worker', timeoutMs: 5_000 })
    const info = { workerId: 'w-1', host, port: 1, cores: 2, memory: 512 * MIB, hostId: 'h', scratchDirs: ['/nowhere'] }
    connection.send(encodeMessage({ type: 'registerWorker', worker: info, executors: [] } satisfies WorkerToMaster))
    connection.onMessage((frame) => {
      const message = decodeMessage(masterToWorker, frame)
      if (message.type !== 'launchExecutor') return
      connection.send(encodeMessage({ type: 'executorStarted', appId: message.appId, executorId: message.executorId } satisfies WorkerToMaster))
    })
    const driver = await TestDriver.register(lone.url, token, {})
    const { executorId } = await driver.grant()
    connection.terminate('test')
    expect(await driver.ended()).toMatchObject({ executorId, cause: { kind: 'lost' } })
    expect(await driver.workerLost()).toMatchObject({ workerId: 'w-1' })
    driver.close()
    await lone.stop()
  })

  it('ends the connection of a peer that sends nonsense, and goes on', async () => {
    for (const nonsense of [Buffer.from([0xc1]), encodeMessage({ type: 'registerWorker' }), encodeMessage({ type: 'heartbeat', workerId: 'w' })]) {
      const connection = await connect(master.url, { token, role: 'worker', timeoutMs: 5_000 })
      const ended = new Promise((resolve) => connection.onClose(resolve))
      connection.send(nonsense)
      await ended
    }
    const driver = await TestDriver.register(master.url, token, {})
    await driver.grant()
    driver.close()
  })

  it('leaves no state when nothing is to come back', async () => {
    const driver = await TestDriver.register(master.url, token, {})
    await driver.grant()
    const gone = new Promise<void>((resolve) => driver.master.onClose(() => resolve()))
    driver.unregister()
    await gone
    await master.stop()
    expect(existsSync(join(stateDir(), 'master.json'))).toBe(false)
    master = await Master.start({ host, port: 0, token, stateDir, log })
  })

  it.each<[string, (state: string) => string]>([
    ['torn', (state) => state.slice(0, state.length / 2)],
    ['of another version', (state) => JSON.stringify({ ...JSON.parse(state), version: 999 })],
    ['of another shape', (state) => JSON.stringify({ ...JSON.parse(state), apps: 'none' })],
    ['empty', () => ''],
    ['not its own', () => 'hello'],
  ])('refuses a state that is %s, names it and leaves it as it is', async (_, change) => {
    const driver = await TestDriver.register(master.url, token, {})
    await driver.grant()
    const path = join(stateDir(), 'master.json')
    await waitFor(() => existsSync(path), { what: 'the state to be written' })
    const bad = join(dir, 'bad')
    mkdirSync(bad)
    const text = change(readFileSync(path, 'utf8'))
    writeFileSync(join(bad, 'master.json'), text)
    const started = Master.start({ host, port: 0, token, stateDir: () => bad, log })
    await expect(started).rejects.toMatchObject({ code: 'TSPARK_DAEMON', message: expect.stringContaining(join(bad, 'master.json')) })
    expect(readFileSync(join(bad, 'master.json'), 'utf8')).toBe(text)
    driver.close()
  })
})
