import { closeSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { TsparkError } from '../events/tsparkError.js'
import { ColumnSource } from '../plan/columnSource.js'
import type { RunningMetrics, ShuffleReadSpec } from '../plan/taskHost.js'
import type { MapLocation } from '../protocol/executorMessages.js'
import { type BlockIndex, readBlockIndex } from '../storage/blockIndex.js'
import { FetchFailedError } from './fetchFailedError.js'
import { FrameCutter } from './frameCutter.js'
import type { FramePairs } from './framePairs.js'
import type { ReadAhead } from './readAhead.js'

const PIECE = 1 << 20
/** What a slot keeps of index files, bytes. */
const MOST_INDEXES = 32 << 20

/** Index files are never changed, so a slot keeps those it has read. */
const indexes = new Map<string, BlockIndex>()
let indexBytes = 0

/** A map output on this host. */
export interface LocalOutput {
  readonly location: MapLocation
  readonly index: string
  readonly data: string
}

/** Segments of map outputs on this host, read in pieces and verified. */
export class LocalSegments extends ColumnSource {
  #next = 0
  #open: OpenSegment | undefined

  constructor(
    readonly outputs: readonly LocalOutput[],
    readonly spec: ShuffleReadSpec,
    readonly metrics: RunningMetrics,
    readonly ahead?: ReadAhead,
  ) {
    super()
  }

  nextPairs(): FramePairs | null {
    for (;;) {
      if (!this.#open) {
        const output = this.outputs[this.#next++]
        if (!output) return null
        this.#open = this.#guard(output.location, () => OpenSegment.open(output, this.spec, this.ahead))
        continue
      }
      const { open } = { open: this.#open }
      const pairs = this.#guard(open.location, () => open.next(this.metrics))
      if (pairs) return pairs
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
      throw new FetchFailedError(
        this.spec.shuffleId,
        mapIndex,
        attemptId,
        workerId,
        `output of map task ${mapIndex} cannot be read: ${(error as Error).message}`,
        { cause: error },
      )
    }
  }
}

/** Neighbouring segments of one file. A segment is verified before anything of it is given: a reader may stop early. */
class OpenSegment {
  readonly #cutter = new FrameCutter()
  #at: number
  #segment: number
  #verified: number

  private constructor(
    readonly location: MapLocation,
    readonly path: string,
    /** undefined: nothing has to be read any more */
    readonly fd: number | undefined,
    readonly bytes: Buffer | undefined,
    readonly index: BlockIndex,
    readonly to: number,
    readonly from: number,
  ) {
    this.#at = index.offsets[from]!
    this.#segment = from
    this.#verified = this.#at
  }

  static open({ location, index: path, data }: LocalOutput, { from, to }: ShuffleReadSpec, ahead: ReadAhead | undefined): OpenSegment {
    const index = indexOf(path)
    const [start, end] = [index.offsets[from]!, index.offsets[to]!]
    const bytes = start < end ? ahead?.read(data, start, end) : undefined
    const fd = start === end || bytes ? undefined : openSync(data, 'r')
    return new OpenSegment(location, data, fd, bytes, index, to, from)
  }

  next(metrics: RunningMetrics): FramePairs | null {
    for (;;) {
      const pairs = this.#cutter.next()
      if (pairs) return pairs
      if (this.#at >= this.index.offsets[this.to]!) return null
      metrics.shuffleReadBytes += this.#next()
    }
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd)
  }

  /** Reads on to the end of a piece or of a segment. */
  #next(): number {
    const { offsets } = this.index
    while (this.#at >= offsets[this.#segment + 1]!) this.#segment++
    const end = offsets[this.#segment + 1]!
    const length = Math.min(PIECE, end - this.#at)
    // a segment of several pieces is read twice, the second time from the page cache
    if (this.#verified < end && this.#at + length < end) this.#check(this.#checksumOf(this.#at, end), end)
    const start = this.#at - offsets[this.from]!
    const piece = this.bytes?.subarray(start, start + length) ?? this.#read(Buffer.allocUnsafeSlow(length), this.#at)
    if (this.#verified < end) this.#check(crc32(piece), end)
    this.#at += length
    this.#cutter.add(piece)
    return length
  }

  #checksumOf(from: number, end: number): number {
    const piece = Buffer.allocUnsafe(PIECE)
    let crc = 0
    for (let at = from; at < end; at += PIECE) crc = crc32(this.#read(piece.subarray(0, Math.min(PIECE, end - at)), at), crc)
    return crc
  }

  /** Fills a buffer from a place in the file. */
  #read(buffer: Buffer, from: number): Buffer {
    for (let got = 0; got < buffer.length; ) {
      const read = readSync(this.fd!, buffer, got, buffer.length - got, from + got)
      if (read === 0) throw new TsparkError('TSPARK_CHECKSUM', `${this.path} is shorter than its index says: not what its checksum is of`)
      got += read
    }
    return buffer
  }

  #check(crc: number, end: number): void {
    if (crc !== this.index.checksums[this.#segment]) throw new TsparkError('TSPARK_CHECKSUM', `checksum mismatch in ${this.path}`)
    this.#verified = end
  }
}

function indexOf(path: string): BlockIndex {
  let index = indexes.get(path)
  if (!index) {
    index = readBlockIndex(path)
    indexBytes += index.offsets.byteLength + index.checksums.byteLength
    if (indexBytes > MOST_INDEXES) {
      indexes.clear()
      indexBytes = index.offsets.byteLength + index.checksums.byteLength
    }
    indexes.set(path, index)
  }
  return index
}
