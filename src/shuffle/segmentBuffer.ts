import type { NumberColumns } from '../plan/batchSource.js'
import type { BlockFileWriter } from '../storage/blockFile.js'
import type { BlockCompressor } from './blockCompressor.js'
import { encodeNumbers, encodePairs } from './frame.js'
import { MemoryUse } from './memoryUse.js'
import { NumberSegments } from './numberSegments.js'
import { OutputChecksum } from './outputChecksum.js'
import { SegmentSpill } from './segmentSpill.js'
import { sizeOf } from './sizeOf.js'
import type { SpillOptions } from './spillOptions.js'

const BATCH = 1024
/** Numbers are so small that more of them make a good frame. */
const NUMBERS_BATCH = 4096
/** Pairs that wait for their frames, over all segments together. */
const MOST_WAITING = 64 * 1024
const MOST_WAITING_BYTES = 2 << 20
const FIRST_WANTED = 16
const WANTED_BYTES = 256 * 1024
/** One pair of so many is measured. */
const MEASURED = 4

/** Pairs by segment as frames; what does not fit in memory goes to files that are copied together at the end. */
export class SegmentBuffer {
  readonly #keys: unknown[][]
  readonly #values: unknown[][]
  #numbers: NumberSegments | undefined
  #waiting = 0
  #waitingBytes = 0
  #frames: Uint8Array[][]
  #bytes = 0
  readonly #spills: SegmentSpill[] = []
  readonly #use: MemoryUse
  readonly checksum = new OutputChecksum()
  /** pairs that make a good batch, by the size of the last one measured */
  wanted = FIRST_WANTED

  constructor(
    readonly segments: number,
    readonly options: SpillOptions,
    readonly compressor?: BlockCompressor,
  ) {
    this.#keys = Array.from({ length: segments }, () => [])
    this.#values = Array.from({ length: segments }, () => [])
    this.#frames = Array.from({ length: segments }, () => [])
    this.#use = new MemoryUse(options.budget)
  }

  add(segment: number, key: unknown, value: unknown): void {
    // in the order of their arrival
    this.#numbers?.flush(segment)
    const size = this.#keys[segment]!.push(key)
    this.#values[segment]!.push(value)
    if (++this.#waiting % MEASURED === 1) this.#measure(key, value)
    if (this.#waiting >= MOST_WAITING || this.#waitingBytes >= MOST_WAITING_BYTES) this.#encodeAll()
    else if (size >= BATCH) this.#encode(segment)
  }

  /** @param segmentOf gives the segment of a key */
  addNumbers(numbers: NumberColumns, segmentOf: (key: unknown, record: unknown) => number): void {
    if (this.#waiting > 0) this.#encodeAll()
    this.wanted = BATCH
    this.#numbers ??= new NumberSegments(this.segments, Math.min(MOST_WAITING, this.segments * NUMBERS_BATCH), (segment, full) =>
      this.#encodeNumbers(segment, full),
    )
    this.#numbers.add(numbers, segmentOf)
  }

  /** Numbers of one segment. */
  addRun(segment: number, { keys, values }: NumberColumns): void {
    this.#numbers?.flush(segment)
    this.#encode(segment)
    for (let from = 0; from < keys.length; from += NUMBERS_BATCH) {
      const to = from + NUMBERS_BATCH
      this.#encodeNumbers(segment, { keys: keys.subarray(from, to), values: values.subarray(from, to) })
    }
  }

  #measure(key: unknown, value: unknown): void {
    const bytes = sizeOf(key) + sizeOf(value)
    this.#waitingBytes += MEASURED * bytes
    this.wanted = Math.max(1, Math.min(BATCH, Math.floor(WANTED_BYTES / bytes)))
  }

  /** Writes all segments in order. */
  writeTo(file: BlockFileWriter): void {
    this.#encodeAll()
    for (let segment = 0; segment < this.segments; segment++) {
      for (const spill of this.#spills) spill.copy(segment, file)
      file.write(this.#frames[segment]!)
      this.#frames[segment] = []
      file.endSegment()
    }
  }

  close(): void {
    for (const spill of this.#spills.splice(0)) spill.close()
    this.#numbers?.close()
    this.#numbers = undefined
    this.#frames = []
    this.#bytes = 0
    this.#use.release()
  }

  #encodeAll(): void {
    for (let segment = 0; segment < this.segments; segment++) {
      this.#numbers?.flush(segment)
      this.#encode(segment)
    }
    this.#waiting = 0
    this.#waitingBytes = 0
  }

  #encode(segment: number): void {
    const keys = this.#keys[segment]!
    if (keys.length === 0) return
    const values = this.#values[segment]!
    const frame = encodePairs(keys, values, this.compressor, (column, at) => this.checksum.add(segment, column, at, keys.length, (i) => [keys[i], values[i]]))
    this.#waitingBytes -= (this.#waitingBytes * keys.length) / this.#waiting
    this.#waiting -= keys.length
    this.#keys[segment] = []
    this.#values[segment] = []
    this.#keep(segment, frame)
  }

  #encodeNumbers(segment: number, numbers: NumberColumns): void {
    this.checksum.addNumbers(segment, numbers)
    this.#keep(segment, encodeNumbers(numbers, this.compressor))
  }

  #keep(segment: number, frame: Uint8Array): void {
    this.#frames[segment]!.push(frame)
    this.#bytes += frame.byteLength
    if (!this.#use.reach(this.#bytes)) this.#spill()
  }

  #spill(): void {
    const { spillDir, metrics } = this.options
    this.#spills.push(SegmentSpill.write(spillDir, this.#frames))
    this.#frames = this.#frames.map(() => [])
    metrics.spills++
    metrics.spilledBytes += this.#bytes
    this.#bytes = 0
    this.#use.release()
  }
}
