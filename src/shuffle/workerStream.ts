import { get, type IncomingMessage, type RequestOptions } from 'node:http'
import { crc32 } from 'node:zlib'
import { TsparkError } from '../events/tsparkError.js'
import { blockRequestPath, decodeSegmentHeader, MAX_RANGES_PER_REQUEST, SEGMENT_HEADER_BYTES, SEGMENT_OK } from '../protocol/blockRequest.js'
import type { MapLocation } from '../protocol/executorMessages.js'
import { requestHeaders } from '../protocol/headers.js'
import type { WorkerInfo } from '../protocol/shapes.js'
import { DiskError } from '../storage/diskError.js'
import type { ShuffleReaderOptions } from './createShuffleReader.js'
import { FetchedFile } from './fetchedFile.js'
import { FetchedOutput } from './fetchedOutput.js'
import { FetchFailedError } from './fetchFailedError.js'
import type { FetchRoom } from './fetchRoom.js'

const ATTEMPTS = 3
const RETRY_MS = 200
const SILENCE_MS = 10_000
/** What is read of the reason why a worker cannot give a segment. */
const LONGEST_ERROR = 64 << 10
/** Outputs that wait for their turn. */
const MOST_READY = 32
const RANGES = Math.min(MAX_RANGES_PER_REQUEST, 64)

/** The map outputs of one worker, many a request, fetched ahead as far as there is room. */
export class WorkerStream {
  readonly #outputs: AsyncGenerator<FetchedOutput>
  /** fetched and not taken yet */
  readonly #ready: FetchedOutput[] = []
  #fetching: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined
  /** settles what waits for an output to be ready, or for one to be taken */
  #changed: (() => void) | undefined
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

  /** Begins to fetch. */
  start(): void {
    this.#fetching ??= this.#fetch()
  }

  /** What comes now is not what is taken next. */
  get isAhead(): boolean {
    return this.#ready.length > 0
  }

  /** The next output; whoever has read it closes it and gives its room back. */
  async take(): Promise<FetchedOutput> {
    this.room.setTurn(this)
    this.start()
    while (this.#ready.length === 0) {
      // met when its turn has come
      if (this.#failure) throw this.#failure.error
      if (this.#closed) throw new Error('nothing is read any more')
      await this.#change()
    }
    const output = this.#ready.shift()!
    this.#tell()
    this.room.setTurn(undefined)
    return output
  }

  close(): void {
    this.#closed = true
    this.#response?.destroy()
    for (const output of this.#ready.splice(0)) output.close()
    this.#tell()
    this.#outputs.return(undefined).catch(() => {})
  }

  async #fetch(): Promise<void> {
    try {
      for await (const output of this.#outputs) {
        if (this.#closed) return output.close()
        this.#ready.push(output)
        this.#tell()
        while (this.#ready.length >= MOST_READY && !this.#closed) await this.#change()
      }
    } catch (error) {
      this.#failure = { error }
      this.#tell()
    }
  }

  /** Only one of both sides waits: one for the first output, the other for room behind many. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve
    })
  }

  #tell(): void {
    const changed = this.#changed
    this.#changed = undefined
    changed?.()
  }

  async *#all(locations: readonly MapLocation[]): AsyncGenerator<FetchedOutput> {
    for (let at = 0; at < locations.length; at += RANGES) yield* this.#group(locations.slice(at, at + RANGES))
  }

  /** One request; after a failure the outputs that are still missing are asked for again. */
  async *#group(locations: readonly MapLocation[]): AsyncGenerator<FetchedOutput> {
    const { worker } = this
    if (!worker) throw this.#failed(locations[0]!, undefined, new Error('it is not known any more'))
    let missing = locations
    for (let attempt = 1; missing.length > 0; ) {
      const answers = this.#request(worker, missing)
      try {
        while (missing.length > 0) {
          let fetched: FetchedOutput
          try {
            fetched = (await answers.next()).value as FetchedOutput
          } catch (error) {
            // a disk of this host is nobody else's fault
            if (error instanceof DiskError) throw error
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

  #failed({ mapIndex, attemptId, workerId }: MapLocation, worker: WorkerInfo | undefined, cause: Error, what = 'fetched'): FetchFailedError {
    const from = worker ? `${worker.host}:${worker.port}` : `worker ${workerId}`
    const message = `output of map task ${mapIndex} cannot be ${what} from ${from}: ${cause.message}`
    return new FetchFailedError(this.options.spec.shuffleId, mapIndex, attemptId, workerId, message, { cause })
  }

  /** One map output after the other, each verified before it is given. */
  async *#request(worker: WorkerInfo, locations: readonly MapLocation[]): AsyncGenerator<FetchedOutput> {
    const { appId, appSecretHex, spec, metrics } = this.options
    const ranges = locations.map(({ mapIndex, attemptId }) => ({ mapIndex, attemptId, from: spec.from, to: spec.to }))
    const headers = requestHeaders({ token: appSecretHex, role: 'executor', app: appId })
    const path = blockRequestPath(appId, spec.shuffleId, ranges)
    const response = await open({ host: worker.host, port: worker.port, path, headers })
    this.#response = response
    let fetched: FetchedOutput | undefined
    try {
      if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`)
      const stream = new StreamReader(response)
      for (const location of locations) {
        fetched = new FetchedOutput((cause) => this.#failed(location, worker, cause, 'read as it came'))
        for (let segment = spec.from; segment < spec.to; segment++) {
          const length = await this.#segment(stream, location, fetched)
          // read after the wait: other streams count at the same time
          metrics.shuffleReadBytes += length
        }
        const whole = fetched
        // whoever takes it closes it and gives the room back
        fetched = undefined
        yield whole
      }
    } finally {
      if (fetched) {
        fetched.close()
        this.room.leave(fetched.bytes)
      }
      response.destroy()
    }
  }

  /** Adds a segment to an output and gives its length. */
  async #segment(stream: StreamReader, { mapIndex, attemptId }: MapLocation, fetched: FetchedOutput): Promise<number> {
    const { status, length, crc32: expected } = decodeSegmentHeader(await stream.take(SEGMENT_HEADER_BYTES), 0)
    if (status !== SEGMENT_OK) throw new Error((await stream.take(Math.min(length, LONGEST_ERROR))).toString('utf8'))
    const crc = (await this.room.enter(this, length)) ? await this.#intoMemory(stream, length, fetched) : await this.#intoFile(stream, length, fetched)
    if (crc !== expected) {
      throw new TsparkError(
        'TSPARK_CHECKSUM',
        `checksum mismatch in shuffle/${this.options.spec.shuffleId}/${mapIndex}-${attemptId}.data as it came over the network`,
      )
    }
    return length
  }

  async #intoMemory(stream: StreamReader, length: number, fetched: FetchedOutput): Promise<number> {
    let body: Buffer
    try {
      body = await stream.take(length)
    } catch (error) {
      this.room.leave(length)
      throw error
    }
    fetched.add(body)
    return crc32(body)
  }

  async #intoFile(stream: StreamReader, length: number, fetched: FetchedOutput): Promise<number> {
    const file = new FetchedFile(this.options.spillDir)
    fetched.add(file)
    for (let missing = length; missing > 0; ) {
      const part = await stream.some(missing)
      file.write(part)
      missing -= part.length
    }
    return file.crc
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

/** Takes the bytes of an answer in parts whose lengths it is told. */
class StreamReader {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(readonly response: IncomingMessage) {
    this.#chunks = response[Symbol.asyncIterator]()
  }

  /** Exactly so many bytes. */
  async take(length: number): Promise<Buffer> {
    if (length === 0) return Buffer.alloc(0)
    const first = await this.some(length)
    if (first.length === length) return first
    const bytes = Buffer.allocUnsafeSlow(length)
    let got = first.copy(bytes)
    while (got < length) got += (await this.some(length - got)).copy(bytes, got)
    return bytes
  }

  /** The bytes that are there, at most so many and one at least. */
  async some(most: number): Promise<Buffer> {
    while (this.#rest.length === 0) this.#rest = await this.#chunk()
    const part = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(part.length)
    return part
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
