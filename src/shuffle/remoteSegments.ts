import { get, type IncomingMessage, type RequestOptions } from 'node:http'
import { crc32 } from 'node:zlib'
import { TsparkError } from '../events/tsparkError.js'
import { blockRequestPath, decodeSegmentHeader, MAX_RANGES_PER_REQUEST, SEGMENT_HEADER_BYTES, SEGMENT_OK } from '../protocol/blockRequest.js'
import type { MapLocation } from '../protocol/executorMessages.js'
import { requestHeaders } from '../protocol/headers.js'
import type { WorkerInfo } from '../protocol/shapes.js'
import type { ShuffleReaderOptions } from './createShuffleReader.js'
import { FetchFailedError } from './fetchFailedError.js'
import { FrameCutter } from './frameCutter.js'
import type { FramePairs } from './framePairs.js'

const ATTEMPTS = 3
const RETRY_MS = 200
const SILENCE_MS = 10_000
const RANGES = Math.min(MAX_RANGES_PER_REQUEST, 64)

/** Segments of map outputs on other hosts, many a request; a segment is given on only when it is whole and verified. */
export class RemoteSegments {
  readonly #options: ShuffleReaderOptions
  readonly #pairs: AsyncGenerator<FramePairs>
  #first: Promise<IteratorResult<FramePairs>> | undefined

  constructor(locations: readonly MapLocation[], options: ShuffleReaderOptions) {
    this.#options = options
    this.#pairs = this.#all(locations)
  }

  start(): void {
    this.#first = this.#pairs.next()
    // met when it is asked for
    this.#first.catch(() => {})
  }

  async nextPairs(): Promise<FramePairs | null> {
    const started = performance.now()
    const result = await (this.#first ?? this.#pairs.next())
    this.#first = undefined
    this.#options.metrics.fetchWait += performance.now() - started
    return result.done ? null : result.value
  }

  close(): void {
    this.#pairs.return(undefined).catch(() => {})
  }

  async *#all(locations: readonly MapLocation[]): AsyncGenerator<FramePairs> {
    const byWorker = new Map<string, MapLocation[]>()
    for (const location of locations) {
      const list = byWorker.get(location.workerId)
      if (list) list.push(location)
      else byWorker.set(location.workerId, [location])
    }
    for (const [workerId, list] of byWorker) {
      const worker = this.#options.workers.find((each) => each.workerId === workerId)
      for (let at = 0; at < list.length; at += RANGES) yield* this.#group(worker, list.slice(at, at + RANGES))
    }
  }

  /** One request; after a failure the outputs that are still missing are asked for again. */
  async *#group(worker: WorkerInfo | undefined, locations: readonly MapLocation[]): AsyncGenerator<FramePairs> {
    if (!worker) throw this.#failed(locations[0]!, undefined, new Error('it is not known any more'))
    let missing = locations
    for (let attempt = 1; missing.length > 0; ) {
      const answers = this.#request(worker, missing)
      try {
        while (missing.length > 0) {
          let cutter: FrameCutter
          try {
            cutter = (await answers.next()).value as FrameCutter
          } catch (error) {
            if (attempt >= ATTEMPTS) throw this.#failed(missing[0]!, worker, error as Error)
            break
          }
          missing = missing.slice(1)
          attempt = 1
          for (let pairs = cutter.next(); pairs; pairs = cutter.next()) yield pairs
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
    return new FetchFailedError(this.#options.spec.shuffleId, mapIndex, attemptId, workerId, message, { cause })
  }

  /** The bytes of one map output after the other, each verified before it is given. */
  async *#request(worker: WorkerInfo, locations: readonly MapLocation[]): AsyncGenerator<FrameCutter> {
    const { appId, appSecretHex, spec, metrics } = this.#options
    const ranges = locations.map(({ mapIndex, attemptId }) => ({ mapIndex, attemptId, from: spec.from, to: spec.to }))
    const headers = requestHeaders({ token: appSecretHex, role: 'executor', app: appId })
    const path = blockRequestPath(appId, spec.shuffleId, ranges)
    const response = await open({ host: worker.host, port: worker.port, path, headers, timeout: SILENCE_MS })
    try {
      if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`)
      const bytes = new StreamReader(response)
      for (const { mapIndex, attemptId } of locations) {
        const cutter = new FrameCutter()
        for (let segment = spec.from; segment < spec.to; segment++) {
          const header = decodeSegmentHeader(await bytes.take(SEGMENT_HEADER_BYTES), 0)
          const body = await bytes.take(header.length)
          if (header.status !== SEGMENT_OK) throw new Error(body.toString('utf8'))
          if (crc32(body) !== header.crc32) {
            throw new TsparkError('TSPARK_CHECKSUM', `checksum mismatch in shuffle/${spec.shuffleId}/${mapIndex}-${attemptId}.data as it came over the network`)
          }
          metrics.shuffleReadBytes += body.length
          cutter.add(body)
        }
        yield cutter
      }
    } finally {
      response.destroy()
    }
  }
}

/** The answer to a GET; a worker that is silent for too long is as good as gone. */
function open(options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(options, resolve)
    request.on('timeout', () => request.destroy(new Error('it does not answer')))
    request.on('error', reject)
  })
}

/** Takes exact numbers of bytes from a stream. */
class StreamReader {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let missing = length
    while (missing > 0) {
      if (this.#rest.length === 0) {
        const { done, value } = await this.#chunks.next()
        if (done) throw new Error('the answer ended too early')
        this.#rest = value
      }
      const part = this.#rest.subarray(0, missing)
      this.#rest = this.#rest.subarray(part.length)
      missing -= part.length
      parts.push(part)
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }
}
