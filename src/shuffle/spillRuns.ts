import { mkdirSync, rmSync } from 'node:fs'
import type { BatchSource, PairColumns } from '../plan/batchSource.js'
import { FrameWriter } from '../storage/frameFile.js'
import { BlockCompressor } from './blockCompressor.js'
import { encodeBatch, encodePairs } from './frame.js'
import { RunReader } from './runReader.js'
import { sizeOf } from './sizeOf.js'
import type { SpillOptions } from './spillOptions.js'
import { spillPath } from './spillPath.js'

const BATCH = 1024
const BATCH_BYTES = 1 << 20
/** Runs that are open at once: each takes a file and a decoded frame. */
const MOST_OPEN = 64

/** The runs one collection has spilled, oldest first. */
export class SpillRuns {
  #paths: string[] = []
  readonly #open = new Set<RunReader>()

  readonly #compressor: BlockCompressor | undefined

  constructor(readonly options: SpillOptions) {
    this.#compressor = BlockCompressor.of(options.spillCodec)
  }

  get count(): number {
    return this.#paths.length
  }

  /** Writes records, in the order the merge relies on, as one more run. */
  write(records: Iterable<unknown>): void {
    this.#add(this.#write(framesOf(records, this.#compressor)))
  }

  /** Writes sorted pairs, a frame for each batch, as one more run. */
  writePairs(source: { nextPairs(): PairColumns | null }): void {
    this.#add(this.#write(pairFramesOf(source, this.#compressor)))
  }

  #add({ path, bytes }: { path: string; bytes: number }): void {
    const { metrics } = this.options
    this.#paths.push(path)
    metrics.spills++
    metrics.spilledBytes += bytes
  }

  /** Readers of all runs; when these are too many, neighbours are merged into longer ones first. */
  open(merge: (runs: readonly RunReader[]) => BatchSource): readonly RunReader[] {
    while (this.#paths.length > MOST_OPEN) {
      const merged: string[] = []
      while (this.#paths.length > 0) {
        const paths = this.#paths.slice(0, MOST_OPEN)
        const runs = this.#read(paths)
        merged.push(this.#write(framesOf(recordsOf(merge(runs)), this.#compressor)).path)
        for (const run of runs) this.#release(run)
        for (const path of paths) rmSync(path, { force: true })
        this.#paths.splice(0, paths.length)
      }
      this.#paths = merged
    }
    return this.#read(this.#paths)
  }

  /** Closes and removes all files. */
  close(): void {
    for (const run of this.#open) this.#release(run)
    for (const path of this.#paths.splice(0)) rmSync(path, { force: true })
  }

  #read(paths: readonly string[]): RunReader[] {
    return paths.map((path) => {
      const run = new RunReader(path)
      this.#open.add(run)
      return run
    })
  }

  #release(run: RunReader): void {
    this.#open.delete(run)
    run.close()
  }

  #write(frames: Iterable<Uint8Array>): { path: string; bytes: number } {
    mkdirSync(this.options.spillDir, { recursive: true })
    const writer = new FrameWriter(spillPath(this.options.spillDir))
    try {
      for (const frame of frames) writer.write(frame)
      writer.finish()
    } catch (error) {
      writer.abort()
      throw error
    }
    return { path: writer.path, bytes: writer.bytes }
  }
}

function* framesOf(records: Iterable<unknown>, compressor: BlockCompressor | undefined): Iterable<Uint8Array> {
  let batch: unknown[] = []
  let bytes = 0
  for (const record of records) {
    bytes += sizeOf(record)
    if (batch.push(record) < BATCH && bytes < BATCH_BYTES) continue
    yield encodeBatch(batch, compressor)
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield encodeBatch(batch, compressor)
}

function* pairFramesOf(source: { nextPairs(): PairColumns | null }, compressor: BlockCompressor | undefined): Iterable<Uint8Array> {
  for (let pairs = source.nextPairs(); pairs !== null; pairs = source.nextPairs()) yield encodePairs(pairs.keys, pairs.values, compressor)
}

/** Spilled runs never wait. */
function* recordsOf(source: BatchSource): Iterable<unknown> {
  for (let batch = source.next() as readonly unknown[] | null; batch !== null; batch = source.next() as readonly unknown[] | null) yield* batch
}
