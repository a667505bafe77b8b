import { join } from 'node:path'
import type { NumberColumns, PairColumns } from '../plan/batchSource.js'
import { countOf } from '../plan/numberPairs.js'
import type { MapOutput, ShuffleSink, ShuffleWriteSpec } from '../plan/taskHost.js'
import type { CompressionCodec } from '../protocol/executorMessages.js'
import { BlockFileWriter } from '../storage/blockFile.js'
import { BlockCompressor } from './blockCompressor.js'
import { SegmentBuffer } from './segmentBuffer.js'
import { compressSize } from './sizes.js'
import type { SpillOptions } from './spillOptions.js'

export interface ShuffleWriterOptions extends SpillOptions {
  /** the shuffle's folder on this worker */
  readonly dir: string
  readonly mapIndex: number
  readonly attemptId: number
  readonly spec: ShuffleWriteSpec
  /** compresses the frames of the map output */
  readonly shuffleCodec?: CompressionCodec | undefined
}

/** Writes the pairs of a map task as they are. */
export class PlainWriter implements ShuffleSink {
  readonly #segments: SegmentBuffer
  readonly #options: ShuffleWriterOptions
  #records = 0

  constructor(options: ShuffleWriterOptions) {
    this.#options = options
    this.#segments = new SegmentBuffer(options.spec.numReducers, options, BlockCompressor.of(options.shuffleCodec))
  }

  get wanted(): number {
    return this.#segments.wanted
  }

  write(pairs: PairColumns): void {
    const { partition } = this.#options.spec
    this.#records += countOf(pairs)
    if (pairs.numbers) {
      this.#segments.addNumbers(pairs.numbers, partition)
      return
    }
    const { keys, values } = pairs
    for (let i = 0; i < keys.length; i++) this.#segments.add(partition(keys[i], undefined), keys[i], values[i])
  }

  /** Pairs of one reduce partition. */
  writeRun(segment: number, numbers: NumberColumns): void {
    this.#records += numbers.keys.length
    this.#segments.addRun(segment, numbers)
  }

  commit(): MapOutput {
    const { dir, mapIndex, attemptId, spec, metrics } = this.#options
    const file = new BlockFileWriter(join(dir, `${mapIndex}-${attemptId}`), spec.numReducers)
    try {
      this.#segments.writeTo(file)
      file.commit()
    } catch (error) {
      file.abort()
      throw error
    } finally {
      this.#segments.close()
    }
    metrics.shuffleWriteRecords += this.#records
    metrics.shuffleWriteBytes += file.bytes
    const sizes = Uint8Array.from({ length: spec.numReducers }, (_, segment) => compressSize(file.sizeOf(segment)))
    return { sizes, records: this.#records, bytes: file.bytes, checksum: this.#segments.checksum.toString() }
  }

  abort(): void {
    this.#segments.close()
  }
}
