import { join } from 'node:path'
import type { PairColumns } from '../plan/batchSource.js'
import type { Combiner, MapOutput, ShuffleSink, ShuffleWriteSpec } from '../plan/taskHost.js'
import type { CompressionCodec } from '../protocol/executorMessages.js'
import { BlockFileWriter } from '../storage/blockFile.js'
import { BlockCompressor } from './blockCompressor.js'
import { createAggregator, type HashAggregator } from './createAggregator.js'
import { SegmentBuffer } from './segmentBuffer.js'
import { compressSize } from './sizes.js'
import type { SpillOptions } from './spillOptions.js'

/** Pairs between two looks at whether combining pays, and the part of new keys among them above which it does not. */
const CHECK = 128 * 1024
const MOSTLY = 0.95

export interface ShuffleWriterOptions extends SpillOptions {
  /** the shuffle's folder on this worker */
  readonly dir: string
  readonly mapIndex: number
  readonly attemptId: number
  readonly spec: ShuffleWriteSpec
  /** compresses the frames of the map output */
  readonly shuffleCodec?: CompressionCodec | undefined
}

/** Takes the pairs of a map task; with a combiner they are combined by key before they are written. */
export function createShuffleWriter(options: ShuffleWriterOptions): ShuffleSink {
  const { combiner } = options.spec
  return combiner ? new CombiningWriter({ ...options, combiner }) : new PlainWriter(options)
}

class PlainWriter implements ShuffleSink {
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

  write({ keys, values }: PairColumns): void {
    const { partition } = this.#options.spec
    this.#records += keys.length
    for (let i = 0; i < keys.length; i++) this.#segments.add(partition(keys[i], undefined), keys[i], values[i])
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

/** Combines values by key first, as long as that makes them fewer. */
class CombiningWriter implements ShuffleSink {
  readonly #aggregator: HashAggregator
  readonly #combiner: Combiner
  readonly #plain: PlainWriter
  #inserted = 0
  #distinctBefore = 0
  #nextCheck = CHECK
  /** whether values still go through the aggregator */
  #combines = true

  constructor(options: ShuffleWriterOptions & { combiner: Combiner }) {
    this.#combiner = options.combiner
    this.#aggregator = createAggregator(options)
    this.#plain = new PlainWriter(options)
  }

  get wanted(): number {
    return this.#combines ? this.#aggregator.wanted : this.#plain.wanted
  }

  write({ keys, values }: PairColumns): void {
    if (!this.#combines) {
      this.#plain.write({ keys, values: values.map((value) => this.#combiner.create(value)) })
      return
    }
    // how many pairs come at once is luck; where it looks must not be
    const before = this.#nextCheck - this.#inserted
    if (keys.length > before) {
      this.write({ keys: keys.slice(0, before), values: values.slice(0, before) })
      this.write({ keys: keys.slice(before), values: values.slice(before) })
      return
    }
    this.#aggregator.insert({ keys, values })
    this.#inserted += keys.length
    if (this.#inserted === this.#nextCheck) this.#check()
  }

  commit(): MapOutput {
    if (this.#combines) this.#flush()
    return this.#plain.commit()
  }

  abort(): void {
    this.#aggregator.close()
    this.#plain.abort()
  }

  /** When nearly every key of late was a new one, looking for it costs more than it saves. */
  #check(): void {
    const { distinct } = this.#aggregator
    if (distinct - this.#distinctBefore > MOSTLY * CHECK) {
      this.#combines = false
      this.#flush()
    }
    this.#distinctBefore = distinct
    this.#nextCheck = this.#inserted + CHECK
  }

  #flush(): void {
    const combined = this.#aggregator.finish()
    try {
      // an aggregator never waits
      for (let pairs = combined.nextPairs(); pairs !== null; pairs = combined.nextPairs()) this.#plain.write(pairs as PairColumns)
    } finally {
      combined.close()
    }
  }
}
