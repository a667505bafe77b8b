import { join } from 'node:path'
import type { MapOutput, ShuffleSink, ShuffleWriteSpec } from '../plan/taskHost.js'
import { BlockFileWriter } from '../storage/blockFile.js'
import { createAggregator, type HashAggregator } from './createAggregator.js'
import { SegmentBuffer } from './segmentBuffer.js'
import { compressSize } from './sizes.js'
import type { SpillOptions } from './spillOptions.js'

export interface ShuffleWriterOptions extends SpillOptions {
  /** the shuffle's folder on this worker */
  readonly dir: string
  readonly mapIndex: number
  readonly attemptId: number
  readonly spec: ShuffleWriteSpec
}

/** Takes the pairs of a map task; with a combiner they are combined by key before they are written. */
export function createShuffleWriter(options: ShuffleWriterOptions): ShuffleSink {
  return options.spec.combiner ? new CombiningWriter(options) : new PlainWriter(options)
}

class PlainWriter implements ShuffleSink {
  readonly #segments: SegmentBuffer
  readonly #options: ShuffleWriterOptions
  #records = 0

  constructor(options: ShuffleWriterOptions) {
    this.#options = options
    this.#segments = new SegmentBuffer(options.spec.numReducers, options)
  }

  write(key: unknown, value: unknown): void {
    this.#records++
    this.#segments.add(this.#options.spec.partition(key, undefined), key, value)
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
    return { sizes, records: this.#records, bytes: file.bytes }
  }

  abort(): void {
    this.#segments.close()
  }
}

class CombiningWriter implements ShuffleSink {
  readonly #aggregator: HashAggregator
  readonly #options: ShuffleWriterOptions

  constructor(options: ShuffleWriterOptions) {
    this.#options = options
    this.#aggregator = createAggregator({ ...options, combiner: options.spec.combiner! })
  }

  write(key: unknown, value: unknown): void {
    this.#aggregator.insert(key, value)
  }

  commit(): MapOutput {
    const writer = new PlainWriter(this.#options)
    const combined = this.#aggregator.finish()
    try {
      // an aggregator never waits
      for (let batch = combined.next(); batch !== null; batch = combined.next()) {
        for (const [key, value] of batch as readonly [unknown, unknown][]) writer.write(key, value)
      }
      return writer.commit()
    } catch (error) {
      writer.abort()
      throw error
    } finally {
      combined.close()
    }
  }

  abort(): void {
    this.#aggregator.close()
  }
}
