import type { StorageLevelSpec } from '../plan/taskHost.js'
import type { Compression, ExecutorTaskEnd, MapLocation, TaskLaunch, TaskMetrics } from '../protocol/executorMessages.js'
import type { WireError, WorkerInfo } from '../protocol/shapes.js'
import type { BarrierTaskInfo } from '../rdd/barrierTaskContext.js'

// Executor's main thread <-> its slots, over worker_threads messages (structured clone; buffers are shared, not copied).

/** What a slot is told when it starts. */
export interface SlotInit {
  readonly slot: number
  readonly appId: string
  readonly executorId: string
  readonly workerId: string
  readonly hostId: string
  readonly appSecret: string
  /** the application's folder on each disk */
  readonly appDirs: readonly string[]
  /** Int32, one a disk: not 0 when it has failed */
  readonly failedDisks: SharedArrayBuffer
  /** accounts for the memory all slots share */
  readonly budget: SharedArrayBuffer
  /** Int32, one a slot: the task that is to stop, plus one */
  readonly kills: SharedArrayBuffer
  /** Float64, one a slot: records its task has read so far */
  readonly progress: SharedArrayBuffer
  /** Int32, one a slot: not 0 when what it waits for is done (memory made free, the worker told of a signal) */
  readonly answers: SharedArrayBuffer
}

/** One stage program and what its tasks have in common. */
export interface SlotStage {
  readonly stageId: number
  readonly stageAttempt: number
  readonly program: Uint8Array
  readonly properties: Readonly<Record<string, string>>
  readonly numPartitions: number
  readonly cpus: number
  readonly taskTimeout: number
  readonly compression: Compression
  readonly maxSizeInFlight: number
  readonly shuffles: readonly { shuffleId: number; numMaps: number; outputs: readonly MapLocation[] }[]
  readonly workers: readonly WorkerInfo[]
  /** of a barrier stage: where its tasks run, in the order of partitions */
  readonly barrier: readonly BarrierTaskInfo[] | undefined
}

/** Where a cached partition lies in this executor. */
export type CachedFrames =
  /** `keepsValues`: slots keep the values too, as long as there is room */
  | { readonly frames: readonly Uint8Array[]; readonly keepsValues: boolean; readonly path?: undefined }
  | { readonly path: string; readonly frames?: undefined /** a copy of another executor's: whoever reads it removes it */; readonly temporary?: boolean }

export type ToSlot =
  | { type: 'setup'; bundlePath: string; argv: string[]; cwd: string; externals: string[]; files: { name: string; path: string }[] }
  | { type: 'file'; name: string; path: string }
  | { type: 'stage'; stage: SlotStage }
  | { type: 'run'; tasks: TaskLaunch[] }
  | { type: 'dropStage'; stageId: number }
  | { type: 'dropRdd'; rddId: number }
  | { type: 'dropBlob'; hash: string }
  /** a task is not wanted any more: one that has not begun, or one that waits for the others of its barrier stage */
  | { type: 'killed'; taskId: number }
  | { type: 'commitAnswer'; taskId: number; granted: boolean }
  | { type: 'barrierAnswer'; taskIds: number[]; messages: string[]; error?: string }
  | { type: 'cached'; request: number; block: CachedFrames | undefined }

export type FromSlot =
  | { type: 'ready'; error?: WireError }
  /** told only where a time limit is to be watched; seconds */
  | { type: 'started'; taskId: number; timeout: number }
  | { type: 'ended'; end: SlotTaskEnd }
  | { type: 'console'; stream: 'stdout' | 'stderr'; taskId: number | undefined; text: string }
  | { type: 'diskFailed'; disk: number }
  | { type: 'commitRequest'; taskId: number; stageId: number; partition: number; attempt: number }
  | { type: 'barrierSync'; taskId: number; epoch: number; call: 'barrier' | 'allGather'; message: string }
  /** `holders`: executors that may have it if this one has not */
  | { type: 'getCached'; request: number; rddId: number; partition: number; holders: readonly string[] }
  /** answered in `answers`: the slot waits */
  | { type: 'getRoom'; rddId: number | undefined; bytes: number }
  /** answered in `answers` when the worker has been told */
  | { type: 'ownSignal'; signal: string }
  | { type: 'putCached'; rddId: number; partition: number; block: CachedFrames; bytes: number; diskPath?: string }

/** A cached partition that a task has stored. */
export interface StoredBlock {
  readonly rddId: number
  readonly partition: number
  readonly bytes: number
  readonly onDisk: boolean
  readonly level: StorageLevelSpec
}

export interface SlotTaskEnd {
  readonly taskId: number
  readonly end: ExecutorTaskEnd
  readonly metrics: TaskMetrics
  readonly accumulators: { id: number; update: Uint8Array }[]
  readonly cached: StoredBlock[]
  readonly hotKeys?: { key: string; records: number }[]
}
