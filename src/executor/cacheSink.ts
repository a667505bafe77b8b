import type { BatchSource } from '../plan/batchSource.js'
import type { CacheSink, StorageLevelSpec } from '../plan/taskHost.js'
import type { BlockCompressor } from '../shuffle/blockCompressor.js'
import { decodeBatch, encodeBatch, unpackedLength } from '../shuffle/frame.js'
import { isQuickToRead } from '../shuffle/isQuickToRead.js'
import { FrameSource } from '../sources/frameSource.js'
import { FrameWriter } from '../storage/frameFile.js'
import type { SlotState } from './slotState.js'

/** Takes the records of a partition that is cached: frames in shared memory, or a file when memory is short. */
export class PartitionSink implements CacheSink {
  readonly #batches: (readonly unknown[])[] = []
  #frames: Uint8Array[] = []
  #bytes = 0
  /** what the frames would take if they were not compressed */
  #unpackedBytes = 0
  #file: FrameWriter | undefined
  /** whether the values stay beside their frames; not those that are read from frames as quickly */
  #keepsValues: boolean

  constructor(
    readonly state: SlotState,
    /** @param sink tells sinks of one task apart: it may compute a partition twice, as in a `zip` with itself */
    readonly block: { rddId: number; partition: number; taskId: number; sink: number },
    readonly level: StorageLevelSpec,
    readonly compressor: BlockCompressor | undefined,
    readonly onStored: (bytes: number, onDisk: boolean) => void,
  ) {
    this.#keepsValues = level.deserialized
    if (!level.useMemory) this.#toDisk()
  }

  write(batch: readonly unknown[]): void {
    const frame = encodeBatch(batch, this.compressor)
    if (!this.#file && this.#acquire(frame.byteLength)) {
      const shared = new Uint8Array(new SharedArrayBuffer(frame.byteLength))
      shared.set(frame)
      if (this.#frames.push(shared) === 1 && isQuickToRead(frame)) this.#keepsValues = false
      this.#bytes += Math.ceil(frame.byteLength / 1024) * 1024
      this.#unpackedBytes += unpackedLength(frame)
      if (this.#keepsValues) this.#batches.push(batch.slice())
      return
    }
    if (!this.#file) this.#toDisk()
    this.#file!.write(frame)
  }

  commit(): BatchSource {
    const { rddId, partition } = this.block
    const { post, decoded } = this.state
    if (this.#file) {
      this.#file.finish()
      const keep = this.level.useDisk
      // before the cache hears of it, which may have the partition already and remove this file
      const source = new FrameSource(this.#file.path, !keep)
      if (keep) {
        post({ type: 'putCached', rddId, partition, block: { path: this.#file.path }, bytes: this.#file.bytes })
        this.onStored(this.#file.bytes, true)
      }
      return source
    }
    this.state.budget.handOver(this.#bytes, 0)
    const diskPath = this.level.useDisk ? this.#path : undefined
    post({ type: 'putCached', rddId, partition, block: { frames: this.#frames, keepsValues: this.#keepsValues }, bytes: this.#bytes, diskPath })
    this.onStored(this.#bytes, false)
    if (!this.#keepsValues) return new SharedFrames(this.#frames)
    decoded.put(rddId, partition, this.#batches, this.#unpackedBytes)
    return new Batches(this.#batches)
  }

  abort(): void {
    this.state.budget.release(this.#bytes)
    this.#bytes = 0
    this.#file?.abort()
  }

  get #path(): string {
    const { rddId, partition, taskId, sink } = this.block
    return this.state.dirs.place('cache', `${rddId}-${partition}-${taskId}-${sink}`)
  }

  /** Partitions of other RDDs that were not read for longest make room. */
  #acquire(bytes: number): boolean {
    const { budget, room } = this.state
    if (bytes > budget.free) room.make(bytes, this.block.rddId)
    return bytes <= budget.free && budget.tryAcquire(bytes)
  }

  /** What is there so far moves to a file. */
  #toDisk(): void {
    this.#file = new FrameWriter(this.#path)
    for (const frame of this.#frames) this.#file.write(Buffer.from(frame))
    this.state.budget.release(this.#bytes)
    this.#frames = []
    this.#batches.length = 0
    this.#bytes = 0
  }
}

/** Batches that are in memory. */
export class Batches implements BatchSource {
  #next = 0
  constructor(readonly batches: readonly (readonly unknown[])[]) {}
  next(): readonly unknown[] | null {
    return this.batches[this.#next++] ?? null
  }
  close(): void {}
}

/** Frames in shared memory, decoded as they are read. */
export class SharedFrames implements BatchSource {
  #next = 0
  readonly #batches: (readonly unknown[])[] = []
  constructor(
    readonly frames: readonly Uint8Array[],
    /** takes the values once all are read */
    readonly onDecoded?: (batches: readonly (readonly unknown[])[]) => void,
  ) {}
  next(): readonly unknown[] | null {
    const frame = this.frames[this.#next++]
    if (!frame) {
      if (this.#next === this.frames.length + 1) this.onDecoded?.(this.#batches)
      return null
    }
    const { records } = decodeBatch(frame, 0)
    if (this.onDecoded) this.#batches.push(records)
    return records
  }
  close(): void {}
}
