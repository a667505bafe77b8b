import type { MapLocation } from '../protocol/executorMessages.js'
import type { ShuffleReaderOptions } from './createShuffleReader.js'
import type { FetchedOutput } from './fetchedOutput.js'
import { FetchRoom } from './fetchRoom.js'
import { WorkerStream } from './workerStream.js'

/** Outputs whose workers are asked ahead of their turn. */
const AHEAD = 32

/** Map outputs on other hosts, fetched from several workers at the same time and given in the order of map tasks. */
export class RemoteSegments {
  readonly #options: ShuffleReaderOptions
  readonly #streams: WorkerStream[]
  readonly #opened = new Set<WorkerStream>()
  readonly #room: FetchRoom
  #taken: FetchedOutput | undefined
  #at = 0

  /** @param locations in the order of map tasks */
  constructor(locations: readonly MapLocation[], options: ShuffleReaderOptions) {
    this.#options = options
    this.#room = new FetchRoom(options.maxSizeInFlight)
    const streams = new Map<string, WorkerStream>()
    for (const [workerId, list] of byWorker(locations)) {
      const worker = options.workers.find((each) => each.workerId === workerId)
      streams.set(workerId, new WorkerStream(worker, list, options, this.#room))
    }
    this.#streams = locations.map(({ workerId }) => streams.get(workerId)!)
  }

  /** Begins to fetch what comes next. */
  start(): void {
    for (const stream of this.#streams.slice(this.#at, this.#at + AHEAD)) {
      this.#opened.add(stream)
      stream.start()
    }
  }

  /** The next output; the one before is not read any more. */
  async take(): Promise<FetchedOutput> {
    this.#leave()
    const started = performance.now()
    this.#taken = await this.#streams[this.#at++]!.take()
    this.#options.metrics.fetchWait += performance.now() - started
    this.start()
    return this.#taken
  }

  close(): void {
    this.#leave()
    this.#room.close()
    for (const stream of this.#opened) stream.close()
  }

  #leave(): void {
    if (!this.#taken) return
    this.#taken.close()
    this.#room.leave(this.#taken.bytes)
    this.#taken = undefined
  }
}

function byWorker(locations: readonly MapLocation[]): Map<string, MapLocation[]> {
  const lists = new Map<string, MapLocation[]>()
  for (const location of locations) {
    const list = lists.get(location.workerId)
    if (list) list.push(location)
    else lists.set(location.workerId, [location])
  }
  return lists
}
