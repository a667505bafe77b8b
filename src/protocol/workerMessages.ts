import * as v from 'valibot'
import { bytes, count, exitCause, id } from './shapes.js'

// Driver <-> worker (WebSocket, authenticated by the application's secret) and worker <-> executor (the child's own
// channel). What driver and executor say to each other (executorMessages.ts) passes through the worker as bytes.

/** Names the files of one map output within an application. */
export const mapOutputId = v.object({ shuffleId: count, mapIndex: count, attemptId: count })
export type MapOutputId = v.InferOutput<typeof mapOutputId>

export const driverToWorker = v.variant('type', [
  /** first frame of a connection, as it is; after it both sides number theirs (channel.ts). `received`: what has come over connections before */
  v.object({ type: v.literal('attach'), appId: id, received: count }),
  v.object({ type: v.literal('toExecutor'), executorId: id, data: bytes }),
  /** one piece of a blob the worker asked for; `offset` + data.length = `size` ends it; the worker checks the hash */
  v.object({ type: v.literal('blobChunk'), hash: id, size: count, offset: count, data: bytes }),
  v.object({ type: v.literal('blobMissing'), hash: id }),
  v.object({ type: v.literal('killExecutor'), executorId: id, reason: v.string() }),
  /** take these over from a worker that is about to stop; each is answered by `mapOutputCopied` */
  v.object({ type: v.literal('copyMapOutputs'), from: v.object({ workerId: id, host: v.string(), port: count }), outputs: v.array(mapOutputId) }),
  /** the worker holds nothing any more that the application waits for: it may stop */
  v.object({ type: v.literal('drained') }),
  /** last message: the run has ended, also if its master cannot be told so */
  v.object({ type: v.literal('appOver') }),
  v.object({ type: v.literal('dropBlob'), hash: id }),
  v.object({ type: v.literal('dropResult'), name: id }),
  v.object({ type: v.literal('dropShuffle'), shuffleId: count }),
])
export type DriverToWorker = v.InferOutput<typeof driverToWorker>

export const workerToDriver = v.variant('type', [
  /** the answer, as it is too */
  v.object({ type: v.literal('attached'), workerId: id, received: count }),
  /** the worker is about to stop: hand out no more tasks there, kill its executors when they are idle, have its files moved, then say `drained` */
  v.object({ type: v.literal('draining') }),
  v.object({ type: v.literal('fromExecutor'), executorId: id, data: bytes }),
  v.object({ type: v.literal('executorEnded'), executorId: id, cause: exitCause }),
  v.object({ type: v.literal('mapOutputCopied'), from: id, output: mapOutputId, error: v.optional(v.string()) }),
  v.object({ type: v.literal('needBlob'), hash: id }),
  /** raw output of an executor process outside of any task (a crash report of V8, a native library) */
  v.object({ type: v.literal('executorOutput'), executorId: id, stream: v.picklist(['stdout', 'stderr']), text: v.string() }),
])
export type WorkerToDriver = v.InferOutput<typeof workerToDriver>

/** Worker -> executor over the child's IPC channel (structured clone, so binary stays binary). */
export type WorkerToExecutor =
  | {
      type: 'init'
      appId: string
      executorId: string
      workerId: string
      hostId: string
      cores: number
      /** bytes */
      memory: number
      /** hex; authenticates block requests to other workers */
      appSecret: string
      /** the application's folder on each disk of this worker, each with blobs/, shuffle/, results/, cache/, tmp/ */
      appDirs: string[]
      /** numbers of disks that have failed so far */
      failedDisks: number[]
    }
  | { type: 'fromDriver'; data: Uint8Array }
  /** somebody reads a cached partition; answered by `cachedOpened` */
  | { type: 'openCached'; request: number; rddId: number; partition: number }
  | { type: 'blob'; hash: string; path?: string; error?: string }
  /** its file is gone: ask again if it is needed again */
  | { type: 'dropBlob'; hash: string }
  /** a disk has failed under another executor: new files go elsewhere */
  | { type: 'diskFailed'; disk: number }
  | { type: 'stop' }

/** Executor -> worker. */
export type ExecutorToWorker =
  | { type: 'ready' }
  | { type: 'toDriver'; data: Uint8Array }
  | { type: 'getBlob'; hash: string }
  /** no file: it does not hold the partition; one in `tmp` is removed by the worker */
  | { type: 'cachedOpened'; request: number; file?: { folder: 'cache' | 'tmp'; name: string } }
  /** its own code is about to send it this signal */
  | { type: 'ownSignal'; signal: string }
  | { type: 'diskFailed'; disk: number }
