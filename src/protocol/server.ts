import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { Connection, MAX_FRAME_BYTES } from './connection.js'
import { listenError } from './listenError.js'
import { checkHeaders, type Peer, type SecretFor } from './upgrade.js'
import { PROTOCOL_VERSION } from './version.js'

const MAX_HEAD_BYTES = 16 * 1024
const HEAD_WITHIN_MS = 10_000
const MAX_CONNECTIONS = 4_096

export interface ServerOptions {
  host: string
  port: number
  secretFor: SecretFor
  onConnection: (connection: Connection, peer: Peer) => void
  /** answers authenticated GETs; without it there are none */
  onGet?: (request: IncomingMessage, response: ServerResponse, peer: Peer) => void
}

/** The listening side of a daemon: nothing of a request is used before its headers have been checked. */
export class Server {
  readonly port: number
  readonly #http: HttpServer
  readonly #connections: Set<Connection>
  readonly #sockets: Set<Socket>

  private constructor(http: HttpServer, connections: Set<Connection>, sockets: Set<Socket>) {
    this.#http = http
    this.#connections = connections
    this.#sockets = sockets
    this.port = (http.address() as AddressInfo).port
  }

  /** Listens; fails with TSPARK_PORT_TAKEN or TSPARK_DAEMON. */
  static async start(options: ServerOptions): Promise<Server> {
    const http = createServer({
      maxHeaderSize: MAX_HEAD_BYTES,
      headersTimeout: HEAD_WITHIN_MS,
      requestTimeout: HEAD_WITHIN_MS,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 30_000,
    })
    http.maxConnections = MAX_CONNECTIONS
    const connections = new Set<Connection>()
    const sockets = new Set<Socket>()
    const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES, clientTracking: false })
    http.on('connection', (socket) => {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.once('close', () => sockets.delete(socket))
    })
    http.on('clientError', (_error, socket) => socket.destroy())
    http.on('upgrade', (request, socket, head) => {
      const checked = checkHeaders(request.headers, options.secretFor)
      if ('status' in checked) return refuse(socket, checked.status, checked.body)
      upgrades.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = new Connection(webSocket, `${request.socket.remoteAddress}:${request.socket.remotePort}`)
        connections.add(connection)
        connection.onClose(() => connections.delete(connection))
        options.onConnection(connection, checked)
      })
    })
    http.on('request', (request, response) => {
      const checked = checkHeaders(request.headers, options.secretFor)
      response.setHeader('x-tspark', '1')
      if ('status' in checked) return answer(response, checked.status, checked.body)
      if (request.method !== 'GET' || !options.onGet) return answer(response, 404, 'nothing here')
      options.onGet(request, response, checked)
    })
    await listen(http, options)
    return new Server(http, connections, sockets)
  }

  /** Stops listening and ends every connection. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()))
    for (const connection of this.#connections) connection.close('the daemon stops')
    this.#http.closeIdleConnections()
    // Sockets get one moment to carry the last frames away.
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, 200)
    await closed
    clearTimeout(cut)
  }
}

function listen(http: HttpServer, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, host, port)))
    http.listen(port, host, () => resolve())
  })
}

/** Ends an upgrade with a plain HTTP answer and no frame. */
function refuse(socket: Duplex, status: number, body: string): void {
  socket.on('error', () => socket.destroy())
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'x-tspark: 1',
    `x-tspark-protocol: ${PROTOCOL_VERSION}`,
    'content-type: text/plain',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

/** Answers a request that gets nothing, and ends its connection. */
function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { connection: 'close', 'content-type': 'text/plain', 'x-tspark-protocol': PROTOCOL_VERSION })
  response.end(body)
}
