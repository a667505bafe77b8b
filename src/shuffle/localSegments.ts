import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { BatchSource } from '../plan/batchSource.js'
import type { RunningMetrics, ShuffleReadSpec } from '../plan/taskHost.js'
import type { MapLocation } from '../protocol/executorMessages.js'
import { type BlockIndex, readBlockIndex } from '../storage/blockIndex.js'
import { FetchFailedError } from './fetchFailedError.js'
import { FrameCutter } from './frameCutter.js'

const PIECE = 1 << 20
const MOST_INDEXES = 1024

/** Index files are never changed, so a slot keeps those it has read. */
const indexes = new Map<string, BlockIndex>()

/** Segments of map outputs on this host, read in pieces and verified. */
export class LocalSegments implements BatchSource<[unknown, unknown]> {
  #next = 0
  #open: OpenSegment | undefined

  constructor(
    readonly outputs: readonly { location: MapLocation; dir: string }[],
    readonly spec: ShuffleReadSpec,
    readonly metrics: RunningMetrics,
  ) {}

  next(): readonly [unknown, unknown][] | null {
    for (;;) {
      if (!this.#open) {
        const output = this.outputs[this.#next++]
        if (!output) return null
        this.#open = this.#guard(output.location, () => OpenSegment.open(output, this.spec))
        continue
      }
      const { open } = { open: this.#open }
      const batch = this.#guard(open.location, () => open.next(this.metrics))
      if (batch) {
        this.metrics.shuffleReadRecords += batch.length
        return batch
      }
      open.close()
      this.#open = undefined
    }
  }

  close(): void {
    this.#open?.close()
    this.#open = undefined
    this.#next = this.outputs.length
  }

  #guard<T>(location: MapLocation, read: () => T): T {
    try {
      return read()
    } catch (error) {
      if (error instanceof FetchFailedError) throw error
      const { mapIndex, attemptId, workerId } = location
      throw new FetchFailedError(this.spec.shuffleId, mapIndex, attemptId, workerId, `output of map task ${mapIndex} cannot be read: ${(error as Error).message}`, { cause: error })
    }
  }
}

class OpenSegment {
  readonly #cutter = new FrameCutter()
  #at: number
  #segment: number
  #crc = 0

  private constructor(
    readonly location: MapLocation,
    readonly path: string,
    readonly fd: number | undefined,
    readonly index: BlockIndex,
    readonly from: number,
    readonly to: number,
  ) {
    this.#at = index.offsets[from]!
    this.#segment = from
  }

  static open({ location, dir }: { location: MapLocation; dir: string }, { from, to }: ShuffleReadSpec): OpenSegment {
    const path = join(dir, `${location.mapIndex}-${location.attemptId}`)
    const index = indexOf(`${path}.index`)
    const empty = index.offsets[from] === index.offsets[to]
    return new OpenSegment(location, path, empty ? undefined : openSync(`${path}.data`, 'r'), index, from, to)
  }

  next(metrics: RunningMetrics): readonly [unknown, unknown][] | null {
    for (;;) {
      const batch = this.#cutter.next()
      if (batch) return batch as [unknown, unknown][]
      if (this.fd === undefined || this.#at >= this.index.offsets[this.to]!) return null
      metrics.shuffleReadBytes += this.#read()
    }
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd)
  }

  /** Reads on to the end of a piece or of a segment, and verifies the segment there. */
  #read(): number {
    while (this.#at >= this.index.offsets[this.#segment + 1]!) this.#verify()
    const end = this.index.offsets[this.#segment + 1]!
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE, end - this.#at))
    const read = readSync(this.fd!, piece, 0, piece.length, this.#at)
    if (read === 0) throw new Error(`${this.path}.data is shorter than its index says (checksum)`)
    const bytes = piece.subarray(0, read)
    this.#crc = crc32(bytes, this.#crc)
    this.#at += read
    if (this.#at === end) this.#verify()
    this.#cutter.add(bytes)
    return read
  }

  #verify(): void {
    if (this.#crc !== this.index.checksums[this.#segment]) throw new Error(`checksum mismatch in ${this.path}.data`)
    this.#crc = 0
    this.#segment++
  }
}

function indexOf(path: string): BlockIndex {
  let index = indexes.get(path)
  if (!index) {
    index = readBlockIndex(path)
    if (indexes.size >= MOST_INDEXES) indexes.clear()
    indexes.set(path, index)
  }
  return index
}
