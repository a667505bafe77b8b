import { connect as dial, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../../../src/protocol/connect.js'
import type { Connection } from '../../../src/protocol/connection.js'
import { Server } from '../../../src/protocol/server.js'
import type { Peer } from '../../../src/protocol/upgrade.js'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.js'

const TOKEN = 'a-token-that-is-long-enough'

describe('a listening daemon', () => {
  let server: Server
  let url: string
  let accepted: { connection: Connection; peer: Peer }[]

  beforeEach(async () => {
    accepted = []
    server = await Server.start({
      host: '127.0.0.1',
      port: 0,
      secretFor: (app) => (app === undefined ? TOKEN : undefined),
      onConnection(connection, peer) {
        accepted.push({ connection, peer })
        connection.onMessage((frame) => connection.send(frame))
      },
    })
    url = `tspark://127.0.0.1:${server.port}`
  })
  afterEach(() => server.stop())

  const upgrade = (headers: Record<string, string>) =>
    `${['GET / HTTP/1.1', 'host: x', 'connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==']
      .concat(Object.entries(headers).map(([name, value]) => `${name}: ${value}`))
      .join('\r\n')}\r\n\r\n`
  const good = { authorization: `Bearer ${TOKEN}`, 'x-tspark-role': 'driver', 'x-tspark-protocol': String(PROTOCOL_VERSION) }

  /** All that the daemon sends until it hangs up. */
  function raw(text: string | Buffer): Promise<string> {
    return new Promise((resolve) => {
      let seen = ''
      const socket = dial(server.port, '127.0.0.1', () => socket.write(text))
      socket.on('data', (data) => {
        seen += data
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve(seen))
    })
  }

  async function expectService(): Promise<void> {
    const connection = await connect(url, { token: TOKEN, role: 'driver', timeoutMs: 5_000 })
    const echo = new Promise<string>((resolve) => connection.onMessage((frame) => resolve(Buffer.from(frame).toString())))
    connection.send(Buffer.from('still here'))
    expect(await echo).toBe('still here')
    connection.close()
  }

  it.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['a wrong token, whatever else it says', { ...good, authorization: 'Bearer wrong', origin: 'http://evil', 'x-tspark-protocol': '99' }],
    ['an unknown application', { ...good, 'x-tspark-app': 'app-1' }],
    ['an application id that is none', { ...good, 'x-tspark-app': '../..' }],
  ])('answers 401 and no frame to %s', async (_name, headers) => {
    const answer = await raw(upgrade(headers))
    expect(answer).toMatch(/^HTTP\/1\.1 401 /)
    expect(answer.endsWith('not authorised')).toBe(true)
    expect(accepted).toEqual([])
  })

  it('answers 401 to plain requests too', async () => {
    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(401)
  })

  it('refuses a browser, known by its Origin', async () => {
    expect(await raw(upgrade({ ...good, origin: 'http://127.0.0.1' }))).toMatch(/^HTTP\/1\.1 403 /)
  })

  it('answers 426 with one line of JSON to another version', async () => {
    const answer = await raw(upgrade({ ...good, 'x-tspark-protocol': '99' }))
    expect(answer).toMatch(/^HTTP\/1\.1 426 /)
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({ code: 'TSPARK_VERSION', protocol: PROTOCOL_VERSION })
  })

  it('hangs up on a head over 16 KiB', async () => {
    await raw(upgrade({ ...good, 'x-more': 'x'.repeat(20_000) }))
    expect(accepted).toEqual([])
    await expectService()
  })

  it('hangs up on a head that is not complete within ten seconds, and serves others meanwhile', async () => {
    const slow = raw('GET / HTTP/1.1\r\nhost: x\r\nx-slow: ')
    const silent = raw('')
    await expectService()
    await Promise.all([slow, silent])
  })

  it('survives garbage instead of HTTP', async () => {
    await raw(Buffer.from([0, 255, 1, 254, 13, 10, 13, 10]))
    await raw('\r\n\r\nnonsense\r\n\r\n')
    await expectService()
  })

  it('survives garbage frames after a good upgrade', async () => {
    const socket: Socket = dial(server.port, '127.0.0.1')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.on('error', () => {})
    socket.write(upgrade(good))
    await new Promise((resolve) => socket.once('data', resolve))
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
    socket.resume()
    await closed
    await expectService()
  })

  it('ends a connection that speaks text', async () => {
    const socket: Socket = dial(server.port, '127.0.0.1')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.write(upgrade(good))
    await new Promise((resolve) => socket.once('data', resolve))
    socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]))
    socket.resume()
    await closed
    await expectService()
  })

  it('stays in service under a flood of connections that say nothing', async () => {
    const sockets = Array.from({ length: 500 }, () => dial(server.port, '127.0.0.1').on('error', () => {}))
    await expectService()
    for (const socket of sockets) socket.destroy()
  })

  it('keeps frames that come before somebody listens', async () => {
    const connection = await connect(url, { token: TOKEN, role: 'worker', timeoutMs: 5_000 })
    const ended = new Promise<string>((resolve) => connection.onClose(resolve))
    accepted[0]?.connection.send(Buffer.from('early'))
    accepted[0]?.connection.close('over')
    expect(await ended).toBe('over')
    const frames: string[] = []
    connection.onMessage((frame) => frames.push(Buffer.from(frame).toString()))
    expect(frames).toEqual(['early'])
    expect(accepted[0]?.peer).toEqual({ role: 'worker' })
  })

  it('tells by name that its port is taken', async () => {
    const second = Server.start({ host: '127.0.0.1', port: server.port, secretFor: () => undefined, onConnection: () => {} })
    await expect(second).rejects.toMatchObject({ code: 'TSPARK_PORT_TAKEN', message: expect.stringContaining(String(server.port)) })
  })
})

describe('dialling', () => {
  it('tells a wrong token from a server that is none of ours, a mute one and nobody', async () => {
    const options = { token: 'wrong-token-wrong-token', role: 'worker', timeoutMs: 300 } as const
    const { createServer } = await import('node:http')
    const net = await import('node:net')
    const ours = await Server.start({ host: '127.0.0.1', port: 0, secretFor: () => TOKEN, onConnection: () => {} })
    await expect(connect(`tspark://127.0.0.1:${ours.port}`, options)).rejects.toMatchObject({ code: 'TSPARK_UNAUTHORIZED' })
    await ours.stop()

    const foreign = createServer((_request, response) => response.writeHead(401).end()).listen(0, '127.0.0.1')
    const mute = net.createServer().listen(0, '127.0.0.1')
    await Promise.all([foreign, mute].map((server) => server.listening || new Promise((resolve) => server.once('listening', resolve))))
    const portOf = (server: { address(): unknown }) => (server.address() as { port: number }).port
    const unreachable = (text: string) => ({ code: 'TSPARK_MASTER_UNREACHABLE', message: expect.stringContaining(text) })
    await expect(connect(`tspark://127.0.0.1:${portOf(foreign)}`, options)).rejects.toMatchObject(unreachable('no tspark daemon'))
    await expect(connect(`tspark://127.0.0.1:${portOf(mute)}`, options)).rejects.toMatchObject(unreachable('does not answer'))
    foreign.close()
    mute.close()
    await expect(connect(`tspark://127.0.0.1:${ours.port}`, options)).rejects.toMatchObject(unreachable('nothing listens'))
  })
})
