import { dirname, join } from 'node:path'
import type { BatchSource, PairSource } from '../plan/batchSource.js'
import type {
  Aggregator,
  CacheSink,
  Cogrouper,
  Combiner,
  FileSplit,
  PipeSpec,
  RunningMetrics,
  ShuffleReadSpec,
  ShuffleSink,
  ShuffleWriteSpec,
  Sorter,
  StorageLevelSpec,
  TaskHost,
  TextSink as TextSinkPort,
} from '../plan/taskHost.js'
import type { TaskLaunch } from '../protocol/executorMessages.js'
import { BlockCompressor } from '../shuffle/blockCompressor.js'
import { createAggregator } from '../shuffle/createAggregator.js'
import { createCogrouper } from '../shuffle/createCogrouper.js'
import { createShuffleReader } from '../shuffle/createShuffleReader.js'
import { createShuffleWriter } from '../shuffle/createShuffleWriter.js'
import { createSorter } from '../shuffle/createSorter.js'
import { encodeBatch, unpackedLength } from '../shuffle/frame.js'
import { HotKeys } from '../shuffle/hotKeys.js'
import type { SpillOptions } from '../shuffle/spillOptions.js'
import { FixedRecordSource } from '../sources/fixedRecordSource.js'
import { FrameSource } from '../sources/frameSource.js'
import { GzipTextSource } from '../sources/gzipTextSource.js'
import { ObjectSink } from '../sources/objectSink.js'
import { PipeSource } from '../sources/pipeSource.js'
import { TextSink } from '../sources/textSink.js'
import { TextSource } from '../sources/textSource.js'
import { WholeFileSource } from '../sources/wholeFileSource.js'
import { FrameWriter } from '../storage/frameFile.js'
import { Batches, PartitionSink, SharedFrames } from './cacheSink.js'
import { KilledError } from './killedError.js'
import type { SlotStage, StoredBlock } from './slotMessages.js'
import type { SlotState } from './slotState.js'
import { watchedMetrics } from './watchedMetrics.js'

/** What a waiting source may hold in memory before it goes to disk, in frame bytes. */
const BUFFERED = 4 << 20

/** A task's way to files, memory, shuffles and the driver. */
export class SlotHost implements TaskHost {
  readonly metrics: RunningMetrics
  readonly hotKeys = new HotKeys()
  readonly cached: StoredBlock[] = []
  readonly remote: boolean
  readonly #holders: { close(): void }[] = []
  #sinks = 0

  constructor(
    readonly task: TaskLaunch,
    readonly stage: SlotStage,
    readonly state: SlotState,
  ) {
    this.metrics = watchedMetrics(state.progress, state.init.slot)
    this.remote = stage.workers.some((worker) => worker.hostId !== state.init.hostId)
  }

  get stageId(): number {
    return this.task.stageId
  }
  get partition(): number {
    return this.task.partition
  }
  get attempt(): number {
    return this.task.attempt
  }
  get taskId(): number {
    return this.task.taskId
  }

  isKilled(): boolean {
    return Atomics.load(this.state.kills, this.state.init.slot) === this.task.taskId + 1
  }

  checkKilled(): void {
    if (this.isKilled()) throw new KilledError('the task was cancelled')
  }

  openText(split: FileSplit): BatchSource<string> {
    return split.compression === 'gzip' ? new GzipTextSource(split.path, this.metrics) : new TextSource(split, this.metrics)
  }

  openFixedRecords(split: FileSplit, length: number): BatchSource<Uint8Array> {
    return new FixedRecordSource(split, length, this.metrics)
  }

  openWholeFiles(paths: readonly string[], as: 'text' | 'bytes'): BatchSource<[string, string | Uint8Array]> {
    return new WholeFileSource(paths, as, this.metrics)
  }

  openObjects(path: string): BatchSource {
    return new FrameSource(path, false)
  }

  readBlob(hash: string): Uint8Array {
    return this.state.broadcasts.read(hash)
  }

  shuffleReader(spec: ShuffleReadSpec): PairSource {
    const shuffle = this.stage.shuffles.find((each) => each.shuffleId === spec.shuffleId)
    const { appId, appSecret, appDirs, hostId } = this.state.init
    const folder = join('shuffle', String(spec.shuffleId))
    return createShuffleReader({
      spec,
      numMaps: shuffle?.numMaps ?? 0,
      locations: shuffle?.outputs ?? [],
      appId,
      appSecretHex: appSecret,
      workers: this.stage.workers,
      localDirsOf: (workerId) => {
        if (workerId === this.state.init.workerId) return appDirs.map((dir) => join(dir, folder))
        const worker = this.stage.workers.find((each) => each.workerId === workerId)
        return worker?.hostId === hostId ? worker.scratchDirs.map((dir) => join(dir, appId, folder)) : undefined
      },
      maxSizeInFlight: this.stage.maxSizeInFlight,
      spillDir: this.#spillDir,
      metrics: this.metrics,
      ahead: this.state.ahead.of(this.stage),
      hotKeys: this.hotKeys,
    })
  }

  shuffleWriter(spec: ShuffleWriteSpec): ShuffleSink {
    return createShuffleWriter({
      dir: dirname(this.state.dirs.place(`shuffle/${spec.shuffleId}`, `${this.task.partition}-${this.task.taskId}`)),
      mapIndex: this.task.partition,
      attemptId: this.task.taskId,
      spec,
      shuffleCodec: this.stage.compression.shuffle,
      ...this.#memory(),
    })
  }

  aggregator(combiner: Combiner): Aggregator {
    return this.#hold(createAggregator({ combiner, ...this.#memory() }))
  }

  cogrouper(inputs: number): Cogrouper {
    return this.#hold(createCogrouper({ inputs, ...this.#memory() }))
  }

  sorter(compare: (a: unknown, b: unknown) => number): Sorter {
    return this.#hold(createSorter({ compare, ...this.#memory() }))
  }

  async buffer(source: BatchSource): Promise<BatchSource> {
    const batches: (readonly unknown[])[] = []
    const compressor = BlockCompressor.of(this.stage.compression.spill)
    let file: FrameWriter | undefined
    let bytes = 0
    try {
      for (let batch = await source.next(); batch !== null; batch = await source.next()) {
        this.checkKilled()
        const records = batch.slice()
        const frame = encodeBatch(records, compressor)
        bytes += unpackedLength(frame)
        if (!file && bytes <= BUFFERED) batches.push(records)
        else {
          if (!file) {
            file = new FrameWriter(join(this.#spillDir, `buffer-${this.taskId}-${this.#holders.length}`))
            this.#holders.push({ close: () => file?.abort() })
            for (const kept of batches.splice(0)) file.write(encodeBatch(kept, compressor))
          }
          file.write(frame)
        }
      }
    } finally {
      source.close()
    }
    if (!file) return new Batches(batches)
    file.finish()
    return new FrameSource(file.path, true)
  }

  async readCache(rddId: number, partition: number): Promise<BatchSource | undefined> {
    const { decoded, requests } = this.state
    const elsewhere = this.task.cached?.find((block) => block.rddId === rddId && block.partition === partition)
    const found = await requests.cached(rddId, partition, elsewhere?.holders ?? [])
    if (!found) return undefined
    if (found.path !== undefined) return openCached(found.path, found.temporary === true)
    const batches = decoded.get(rddId, partition)
    if (batches) return new Batches(batches)
    const bytes = found.frames.reduce((sum, frame) => sum + unpackedLength(frame), 0)
    return new SharedFrames(found.frames, found.keepsValues ? (read) => decoded.put(rddId, partition, read, bytes) : undefined)
  }

  writeCache(rddId: number, partition: number, level: StorageLevelSpec): CacheSink {
    const compressor = BlockCompressor.of(this.stage.compression.rdd)
    return new PartitionSink(this.state, { rddId, partition, taskId: this.taskId, sink: this.#sinks++ }, level, compressor, (bytes, onDisk) =>
      this.cached.push({ rddId, partition, bytes, onDisk, level }),
    )
  }

  pipe(spec: PipeSpec, input: BatchSource): BatchSource<string> {
    return new PipeSource(spec, input, (name) => this.state.dirs.place('tmp', name))
  }

  openTextOutput(spec: { staging: string; partition: number; compression: 'none' | 'gzip' }): TextSinkPort {
    return new TextSink(spec, this.taskId)
  }

  openObjectOutput(spec: { staging: string; partition: number }): ObjectSink {
    return new ObjectSink(spec, this.taskId)
  }

  mayCommit(): Promise<boolean> {
    return this.state.requests.mayCommit(this.task)
  }

  /** Frees what the task held, however it ended. */
  close(): void {
    for (const holder of this.#holders.splice(0)) holder.close()
  }

  /** all of a task's spills go to one disk, those of other tasks to others */
  get #spillDir(): string {
    return dirname(this.state.dirs.place('tmp', `task-${this.taskId}`))
  }

  #hold<T extends { close(): void }>(holder: T): T {
    this.#holders.push(holder)
    return holder
  }

  #memory(): SpillOptions {
    return { budget: this.state.budget, spillDir: this.#spillDir, metrics: this.metrics, spillCodec: this.stage.compression.spill }
  }
}

/** Undefined if it was unpersisted after it was found: it is computed then. */
function openCached(path: string, temporary: boolean): FrameSource | undefined {
  try {
    return new FrameSource(path, temporary)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
