import { get, type IncomingMessage, type RequestOptions } from 'node:http'
import { crc32 } from 'node:zlib'
import { TsparkError } from '../events/tsparkError.js'
import { blockRequestPath, decodeSegmentHeader, MAX_RANGES_PER_REQUEST, SEGMENT_HEADER_BYTES, SEGMENT_OK } from '../protocol/blockRequest.js'
import type { MapLocation } from '../protocol/executorMessages.js'
import { requestHeaders } from '../protocol/headers.js'
import type { WorkerInfo } from '../protocol/shapes.js'
import type { ShuffleReaderOptions } from './createShuffleReader.js'
import { FetchFailedError } from './fetchFailedError.js'
import type { FetchRoom } from './fetchRoom.js'
import { FrameCutter } from './frameCutter.js'

const ATTEMPTS = 3
const RETRY_MS = 200
const SILENCE_MS = 10_000
const RANGES = Math.min(MAX_RANGES_PER_REQUEST, 64)

/** The segments of one map output, whole and verified. */
interface Fetched {
  readonly cutter: FrameCutter
  readonly bytes: number
}

/** The map outputs of one worker, many a request, one fetched ahead. */
export class WorkerStream {
  readonly #outputs: AsyncGenerator<Fetched>
  #ahead: Promise<IteratorResult<Fetched>> | undefined
  #response: IncomingMessage | undefined
  #closed = false

  constructor(
    readonly worker: WorkerInfo | undefined,
    locations: readonly MapLocation[],
    readonly options: ShuffleReaderOptions,
    readonly room: FetchRoom,
  ) {
    this.#outputs = this.#all(locations)
  }

  /** Begins to fetch the next output. */
  start(): void {
    if (this.#ahead) return
    this.#ahead = this.#outputs.next()
    // met when it is asked for
    this.#ahead.catch(() => {})
  }

  /** The next output. */
  async take(): Promise<FrameCutter> {
    this.room.setTurn(this)
    this.start()
    const { value } = (await this.#ahead) as IteratorYieldResult<Fetched>
    this.#ahead = undefined
    this.room.leave(value.bytes)
    return value.cutter
  }

  close(): void {
    this.#closed = true
    this.#response?.destroy()
    this.#outputs.return(undefined).catch(() => {})
  }

  async *#all(locations: readonly MapLocation[]): AsyncGenerator<Fetched> {
    for (let at = 0; at < locations.length; at += RANGES) yield* this.#group(locations.slice(at, at + RANGES))
  }

  /** One request; after a failure the outputs that are still missing are asked for again. */
  async *#group(locations: readonly MapLocation[]): AsyncGenerator<Fetched> {
    const { worker } = this
    if (!worker) throw this.#failed(locations[0]!, undefined, new Error('it is not known any more'))
    let missing = locations
    for (let attempt = 1; missing.length > 0; ) {
      const answers = this.#request(worker, missing)
      try {
        while (missing.length > 0) {
          let fetched: Fetched
          try {
            fetched = (await answers.next()).value as Fetched
          } catch (error) {
            if (this.#closed || attempt >= ATTEMPTS) throw this.#failed(missing[0]!, worker, error as Error)
            break
          }
          missing = missing.slice(1)
          attempt = 1
          yield fetched
        }
      } finally {
        await answers.return(undefined)
      }
      if (missing.length > 0) await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt++))
    }
  }

  #failed({ mapIndex, attemptId, workerId }: MapLocation, worker: WorkerInfo | undefined, cause: Error): FetchFailedError {
    const from = worker ? `${worker.host}:${worker.port}` : `worker ${workerId}`
    const message = `output of map task ${mapIndex} cannot be fetched from ${from}: ${cause.message}`
    return new FetchFailedError(this.options.spec.shuffleId, mapIndex, attemptId, workerId, message, { cause })
  }

  /** One map output after the other, each verified before it is given. */
  async *#request(worker: WorkerInfo, locations: readonly MapLocation[]): AsyncGenerator<Fetched> {
    const { appId, appSecretHex, spec, metrics } = this.options
    const ranges = locations.map(({ mapIndex, attemptId }) => ({ mapIndex, attemptId, from: spec.from, to: spec.to }))
    const headers = requestHeaders({ token: appSecretHex, role: 'executor', app: appId })
    const path = blockRequestPath(appId, spec.shuffleId, ranges)
    const response = await open({ host: worker.host, port: worker.port, path, headers })
    this.#response = response
    let held = 0
    try {
      if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`)
      const bytes = new StreamReader(response)
      for (const { mapIndex, attemptId } of locations) {
        const cutter = new FrameCutter()
        for (let segment = spec.from; segment < spec.to; segment++) {
          const header = decodeSegmentHeader(await bytes.take(SEGMENT_HEADER_BYTES), 0)
          await this.room.enter(this, header.length)
          held += header.length
          const body = await bytes.take(header.length)
          if (header.status !== SEGMENT_OK) throw new Error(body.toString('utf8'))
          if (crc32(body) !== header.crc32) {
            throw new TsparkError('TSPARK_CHECKSUM', `checksum mismatch in shuffle/${spec.shuffleId}/${mapIndex}-${attemptId}.data as it came over the network`)
          }
          metrics.shuffleReadBytes += body.length
          cutter.add(body)
        }
        const fetched = { cutter, bytes: held }
        // whoever takes it gives the room back
        held = 0
        yield fetched
      }
    } finally {
      if (held > 0) this.room.leave(held)
      response.destroy()
    }
  }
}

/** The answer to a GET; a worker that is silent for too long is as good as gone. */
function open(options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(options, (response) => {
      // from now on it is silent only while somebody waits for it
      clearTimeout(timer)
      resolve(response)
    })
    const timer = setTimeout(() => request.destroy(silent()), SILENCE_MS)
    request.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
  })
}

function silent(): Error {
  return new Error('it does not answer')
}

/** Takes exact numbers of bytes from an answer. */
class StreamReader {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(readonly response: IncomingMessage) {
    this.#chunks = response[Symbol.asyncIterator]()
  }

  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let missing = length
    while (missing > 0) {
      if (this.#rest.length === 0) this.#rest = await this.#chunk()
      const part = this.#rest.subarray(0, missing)
      this.#rest = this.#rest.subarray(part.length)
      missing -= part.length
      parts.push(part)
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }

  async #chunk(): Promise<Buffer> {
    const timer = setTimeout(() => this.response.destroy(silent()), SILENCE_MS)
    try {
      const { done, value } = await this.#chunks.next()
      if (done) throw new Error('the answer ended too early')
      return value
    } finally {
      clearTimeout(timer)
    }
  }
}
