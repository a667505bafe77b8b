import { rmSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { StorageLevelSpec } from '../plan/taskHost.js'
import type { DriverToExecutor, ExecutorToDriver } from '../protocol/executorMessages.js'
import type { BlockHolder } from '../protocol/shapes.js'
import type { ExecutorToWorker, WorkerToExecutor } from '../protocol/workerMessages.js'
import { isQuickToRead } from '../shuffle/isQuickToRead.js'
import { FrameReader, FrameWriter } from '../storage/frameFile.js'
import type { LocalDirs } from '../storage/localDirs.js'
import type { MemoryBudget } from '../storage/memoryBudget.js'
import type { BlockCache } from './blockCache.js'
import { fetchCached } from './fetchCached.js'

/** Frames that are written before the thread does something else. */
const FRAMES_AT_ONCE = 64

/** A file of the application's folders, by names that never lead out of them. */
export interface ServedFile {
  readonly folder: 'cache' | 'tmp'
  readonly name: string
}

/** How a copy lies in the cache. */
interface StoredCopy {
  readonly bytes: number
  readonly onDisk: boolean
}

/** Gives cached partitions to other executors and gets theirs, through the workers' file servers. */
export class CacheExchange {
  #next = 0
  /** executors whose cached partitions were named */
  readonly #holders = new Map<string, BlockHolder>()

  constructor(
    readonly app: { readonly appId: string; readonly executorId: string; readonly appSecret: string },
    readonly dirs: LocalDirs,
    readonly cache: BlockCache,
    readonly budget: MemoryBudget,
  ) {}

  know(holders: readonly BlockHolder[]): void {
    for (const holder of holders) this.#holders.set(holder.executorId, holder)
  }

  /** Answers a worker that wants to send a block to another executor. */
  async serve({ request, rddId, partition }: Extract<WorkerToExecutor, { type: 'openCached' }>): Promise<ExecutorToWorker> {
    return { type: 'cachedOpened', request, file: await this.open(rddId, partition).catch(() => undefined) }
  }

  /** Does what the driver wants, and says how it went. */
  async copy({ rddId, partition, level, from }: Extract<DriverToExecutor, { type: 'replicate' }>): Promise<ExecutorToDriver> {
    return { type: 'replicated', rddId, partition, stored: await this.replicate(rddId, partition, level, from).catch(() => undefined) }
  }

  /** A file with the frames of a block, for whoever asks for it; one in `tmp` is removed by who has sent it. */
  async open(rddId: number, partition: number): Promise<ServedFile | undefined> {
    const block = this.cache.get(rddId, partition)
    if (!block) return undefined
    if (block.path !== undefined) return { folder: 'cache', name: basename(block.path) }
    const name = this.#name('served', rddId, partition)
    const writer = new FrameWriter(this.dirs.place('tmp', name))
    try {
      for (const [index, frame] of block.frames.entries()) {
        writer.write(Buffer.from(frame))
        if (index % FRAMES_AT_ONCE === FRAMES_AT_ONCE - 1) await new Promise(setImmediate)
      }
      writer.finish()
    } catch (error) {
      writer.abort()
      throw error
    }
    return { folder: 'tmp', name }
  }

  /** Gets a block from the first of its holders that has it, as a file of its own; undefined: it has to be computed. */
  async fetch(rddId: number, partition: number, executorIds: readonly string[]): Promise<string | undefined> {
    for (const executorId of executorIds) {
      const holder = this.#holders.get(executorId)
      if (!holder) continue
      const path = this.dirs.place('tmp', this.#name('fetched', rddId, partition))
      try {
        await this.#fetch(holder, rddId, partition, path)
        return path
      } catch {}
    }
    return undefined
  }

  /** Takes a copy of a block into the cache as its level says; gives how it lies there, undefined if there was no room. */
  async replicate(rddId: number, partition: number, level: StorageLevelSpec, from: BlockHolder): Promise<StoredCopy | undefined> {
    const path = this.dirs.place('cache', this.#name('copy', rddId, partition))
    const drops = this.cache.dropsOf(rddId)
    try {
      await this.#fetch(from, rddId, partition, path)
    } catch {
      return undefined
    }
    // it may have been unpersisted, or computed here, meanwhile
    const unwanted = this.cache.dropsOf(rddId) !== drops || this.cache.get(rddId, partition) !== undefined
    const stored = unwanted
      ? undefined
      : ((level.useMemory ? this.#intoMemory(rddId, partition, level, path) : undefined) ?? (level.useDisk ? this.#onDisk(rddId, partition, path) : undefined))
    if (!stored?.onDisk) rmSync(path, { force: true })
    return stored
  }

  #intoMemory(rddId: number, partition: number, level: StorageLevelSpec, path: string): StoredCopy | undefined {
    const frames: Uint8Array[] = []
    let bytes = 0
    const reader = new FrameReader(path)
    try {
      for (let frame = reader.next(); frame !== null; frame = reader.next()) {
        const wanted = Math.ceil(frame.byteLength / 1024) * 1024
        if (wanted > this.budget.free) this.cache.makeRoom(wanted, rddId)
        if (!this.budget.tryAcquire(wanted)) {
          this.budget.release(bytes)
          return undefined
        }
        bytes += wanted
        const shared = new Uint8Array(new SharedArrayBuffer(frame.byteLength))
        shared.set(frame)
        frames.push(shared)
      }
    } finally {
      reader.close()
    }
    const keepsValues = level.deserialized && !(frames[0] && isQuickToRead(frames[0]))
    this.cache.put(rddId, partition, { frames, keepsValues }, bytes, level.useDisk ? path : undefined)
    return { bytes, onDisk: false }
  }

  #onDisk(rddId: number, partition: number, path: string): StoredCopy {
    const { size } = statSync(path)
    this.cache.put(rddId, partition, { path }, size)
    return { bytes: size, onDisk: true }
  }

  #fetch(holder: BlockHolder, rddId: number, partition: number, path: string): Promise<void> {
    return fetchCached({ appId: this.app.appId, secret: this.app.appSecret, holder }, rddId, partition, path)
  }

  #name(what: string, rddId: number, partition: number): string {
    return `${what}-${rddId}-${partition}-${this.app.executorId}-${this.#next++}`
  }
}
