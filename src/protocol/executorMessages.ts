import * as v from 'valibot'
import { blockHolder, bytes, count, id, storageLevel, wireError, workerInfo } from './shapes.js'

// Driver <-> executor. All batches: one message may start or end many tasks.

/** Where the output of one map task lies. `attemptId` is the task's id and part of the file name, never reused. */
export const mapLocation = v.object({ mapIndex: count, attemptId: count, workerId: id })
export type MapLocation = v.InferOutput<typeof mapLocation>

/** One attempt at one partition. Everything the stage's tasks have in common is in the stage program. */
export const taskLaunch = v.object({
  /** unique in the application: names the attempt everywhere */
  taskId: count,
  stageId: count,
  stageAttempt: count,
  partition: count,
  /** counts from 0 */
  attempt: count,
  /** encoded partition descriptor (plan/partition.ts) */
  input: bytes,
  /** cached partitions it may read that other executors hold */
  cached: v.optional(v.array(v.object({ rddId: count, partition: count, holders: v.array(id) }))),
})
export type TaskLaunch = v.InferOutput<typeof taskLaunch>

/** In a FetchFailed: the reader was told of no output at all. */
export const NO_ATTEMPT = Number.MAX_SAFE_INTEGER

/** How blocks are compressed: zstd where the executor's runtime has it and lz4 elsewhere, or always lz4. */
export const compressionCodec = v.picklist(['auto', 'lz4', 'zstd'])
export type CompressionCodec = v.InferOutput<typeof compressionCodec>

/** What of a stage is compressed, and by what; absent: it is not. */
export const compression = v.object({ shuffle: v.optional(compressionCodec), spill: v.optional(compressionCodec), rdd: v.optional(compressionCodec) })
export type Compression = v.InferOutput<typeof compression>

/** A file of --files and relatives; an archive is to be unpacked. */
const shippedFile = v.object({ name: v.string(), hash: id, archive: v.optional(v.picklist(['zip', 'tar'])) })
export type ShippedFile = v.InferOutput<typeof shippedFile>

export const driverToExecutor = v.variant('type', [
  /** first message: load the artifact; argv, so that module top level sees what the driver's does */
  v.object({
    type: v.literal('setup'),
    /** sha256 of the bundle; empty: there is none (a program not built by tspark) */
    artifact: v.string(),
    argv: v.array(v.string()),
    cwd: v.string(),
    /** packages left out of the bundle, checked for before the first task */
    externals: v.array(v.string()),
    files: v.array(shippedFile),
  }),
  /** a stage program, sent before the first task of that stage goes to this executor */
  v.object({
    type: v.literal('stage'),
    stageId: count,
    stageAttempt: count,
    /** encoded StageProgram */
    program: bytes,
    /** hashes of the blobs its tasks read, fetched before the first one starts */
    blobs: v.array(id),
    /** local properties of the job */
    properties: v.record(v.string(), v.string()),
    numPartitions: count,
    /** cores of each task */
    cpus: count,
    /** seconds one attempt may take, 0 = no limit */
    taskTimeout: v.number(),
    /** of a barrier stage: where its tasks run, in the order of partitions */
    barrier: v.optional(v.array(v.object({ executorId: id, host: v.string(), address: v.string() }))),
    compression,
    /** bytes a task may have fetched ahead of their turn */
    maxSizeInFlight: count,
    /** outputs of the shuffles this stage reads */
    shuffles: v.array(v.object({ shuffleId: count, numMaps: count, outputs: v.array(mapLocation) })),
    /** every worker named in `shuffles` */
    workers: v.array(workerInfo),
  }),
  /** sc.addFile and sc.addArchive: there before the first task of a stage sent later */
  v.object({ type: v.literal('addFile'), ...shippedFile.entries }),
  /** `holders`: where the executors named in `cached` of the tasks are */
  v.object({ type: v.literal('run'), tasks: v.array(taskLaunch), holders: v.optional(v.array(blockHolder)) }),
  v.object({ type: v.literal('kill'), taskIds: v.array(count), reason: v.string() }),
  v.object({ type: v.literal('dropStage'), stageId: count }),
  v.object({ type: v.literal('dropRdd'), rddId: count }),
  /** keep a copy of a cached partition; answered by `replicated` */
  v.object({ type: v.literal('replicate'), rddId: count, partition: count, level: storageLevel, from: blockHolder }),
  /** answer to commitRequest */
  v.object({ type: v.literal('commitAnswer'), taskId: count, granted: v.boolean() }),
  /** tasks that sent a barrierSync go on: with the messages of all in the order of partitions, or with an error */
  v.object({ type: v.literal('barrierAnswer'), taskIds: v.array(count), messages: v.array(v.string()), error: v.optional(v.string()) }),
])
export type DriverToExecutor = v.InferOutput<typeof driverToExecutor>

/** What a task's work amounted to; missing = 0. Times in ms, sizes in bytes. */
export const taskMetrics = v.object({
  runTime: v.optional(v.number()),
  inputRecords: v.optional(v.number()),
  inputBytes: v.optional(v.number()),
  outputRecords: v.optional(v.number()),
  outputBytes: v.optional(v.number()),
  shuffleReadRecords: v.optional(v.number()),
  shuffleReadBytes: v.optional(v.number()),
  shuffleWriteRecords: v.optional(v.number()),
  shuffleWriteBytes: v.optional(v.number()),
  spills: v.optional(v.number()),
  spilledBytes: v.optional(v.number()),
  fetchWait: v.optional(v.number()),
  resultBytes: v.optional(v.number()),
  peakMemory: v.optional(v.number()),
})
export type TaskMetrics = v.InferOutput<typeof taskMetrics>

/** How an attempt ended, as the executor tells it. Losses of executors are told by workers and masters. */
export const taskEnd = v.variant('kind', [
  v.object({
    kind: v.literal('Success'),
    result: v.optional(bytes),
    resultBlock: v.optional(v.object({ name: id, size: count })),
    mapOutput: v.optional(v.object({ sizes: bytes, records: count, bytes: count, checksum: v.optional(v.string()) })),
  }),
  v.object({ kind: v.literal('FetchFailed'), shuffleId: count, mapIndex: count, attemptId: count, workerId: v.string(), message: v.string() }),
  v.object({ kind: v.literal('UserError'), error: wireError }),
  /** the machine, not the user: disk full, checksum, missing external package */
  v.object({ kind: v.literal('EngineError'), error: wireError, retry: v.boolean() }),
  v.object({ kind: v.literal('Killed'), reason: v.string() }),
  v.object({ kind: v.literal('CommitDenied') }),
])
export type ExecutorTaskEnd = v.InferOutput<typeof taskEnd>

export const executorToDriver = v.variant('type', [
  /** the artifact is loaded; `error` if it could not be. `storageMemory`: bytes that buffers and caches may take; `zstd`: whether its Node has it */
  v.object({ type: v.literal('ready'), pid: count, slots: count, storageMemory: count, zstd: v.boolean(), error: v.optional(wireError) }),
  v.object({
    type: v.literal('tasksEnded'),
    tasks: v.array(
      v.object({
        taskId: count,
        end: taskEnd,
        metrics: taskMetrics,
        /** accumulator updates: id -> encoded partial value */
        accumulators: v.array(v.object({ id: count, update: bytes })),
        /** cached partitions this task stored */
        cached: v.array(v.object({ rddId: count, partition: count, bytes: count, onDisk: v.optional(v.boolean()), level: storageLevel })),
        /** keys with a large share of the records it read from shuffles */
        hotKeys: v.optional(v.array(v.object({ key: v.string(), records: count }))),
      }),
    ),
  }),
  v.object({
    type: v.literal('console'),
    stream: v.picklist(['stdout', 'stderr']),
    /** whole lines; absent taskId: the module's top level */
    lines: v.array(v.object({ taskId: v.optional(count), text: v.string() })),
  }),
  /** `records`: what each of `running` has read so far */
  v.object({ type: v.literal('heartbeat'), rss: count, running: v.array(count), records: v.array(count) }),
  v.object({
    type: v.literal('replicated'),
    rddId: count,
    partition: count,
    /** absent: there was no room for it, or its holder has gone */
    stored: v.optional(v.object({ bytes: count, onDisk: v.boolean() })),
  }),
  v.object({ type: v.literal('uncached'), blocks: v.array(v.object({ rddId: count, partition: count })) }),
  /** a task of a barrier stage waits for the others; `epoch` counts its calls from 0 */
  v.object({ type: v.literal('barrierSync'), taskId: count, epoch: count, call: v.picklist(['barrier', 'allGather']), message: v.string() }),
  /** cached partitions that made room in memory */
  v.object({ type: v.literal('movedToDisk'), blocks: v.array(v.object({ rddId: count, partition: count })) }),
  v.object({ type: v.literal('commitRequest'), taskId: count, stageId: count, partition: count, attempt: count }),
])
export type ExecutorToDriver = v.InferOutput<typeof executorToDriver>
