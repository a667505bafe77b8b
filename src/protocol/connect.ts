import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import { TsparkError } from '../events/tsparkError.js'
import { Connection, MAX_FRAME_BYTES } from './connection.js'
import { type Credentials, requestHeaders } from './headers.js'
import { PROTOCOL_VERSION } from './version.js'

export interface ConnectOptions extends Credentials {
  timeoutMs: number
}

/**
 * Dials a master or a worker at `tspark://host:port`. Fails with TSPARK_UNAUTHORIZED, TSPARK_VERSION or
 * TSPARK_MASTER_UNREACHABLE; the last one is worth another try, the others are not.
 */
export function connect(url: string, options: ConnectOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^tspark:/, 'ws:'), {
      headers: requestHeaders(options),
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      handshakeTimeout: options.timeoutMs,
      followRedirects: false,
    })
    // A frame may ride in the same packet as the upgrade's answer: the connection must listen before 'open' is told.
    const connection = new Connection(socket, url)
    socket.once('open', () => resolve(connection))
    socket.once('unexpected-response', (request, response: IncomingMessage) => {
      reject(refusal(url, response))
      request.destroy()
    })
    socket.once('error', (cause) => reject(unreachable(url, reasonOf(cause), cause)))
  })
}

function refusal(url: string, response: IncomingMessage): TsparkError {
  const status = response.statusCode ?? 0
  if (response.headers['x-tspark'] === undefined) return unreachable(url, `what answers there is no tspark daemon (HTTP ${status})`)
  if (status === 401) {
    return new TsparkError('TSPARK_UNAUTHORIZED', `${url} refused the token`, {
      hint: 'use the token file of the user who started the master: --token-file PATH or TSPARK_TOKEN_FILE',
    })
  }
  if (status === 426) {
    const theirs = response.headers['x-tspark-protocol']
    return new TsparkError('TSPARK_VERSION', `${url} speaks protocol ${theirs}, this tspark speaks ${PROTOCOL_VERSION}`, {
      hint: 'run the same version of tspark on all machines',
    })
  }
  return unreachable(url, `it refused the connection (HTTP ${status})`)
}

function unreachable(url: string, reason: string, cause?: unknown): TsparkError {
  return new TsparkError('TSPARK_MASTER_UNREACHABLE', `cannot reach ${url}: ${reason}`, {
    cause,
    hint: 'check the address, and that the daemon runs there (tspark start-master)',
  })
}

function reasonOf(error: Error): string {
  const code = 'code' in error ? error.code : undefined
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the host name is unknown'
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'there is no route to it'
  if (/handshake has timed out/i.test(error.message)) return 'it does not answer'
  if (code === 'ECONNRESET' || /socket hang up/.test(error.message)) return 'it hung up'
  if (String(code).startsWith('HPE_') || /Sec-WebSocket|Upgrade/i.test(error.message)) return 'what answers there is no tspark daemon'
  return error.message
}
