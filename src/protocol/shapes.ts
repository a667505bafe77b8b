import * as v from 'valibot'

// The records that several messages share. Ids are opaque strings; sizes are bytes; times are epoch milliseconds.

export const bytes = v.instance(Uint8Array)
export const id = v.pipe(v.string(), v.regex(/^[\w.:-]{1,128}$/))
export const count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** How an executor (or worker) came to its end: data for the scheduler and for the message the user reads. */
export const exitCause = v.object({
  /** 'exit' = own exit code, 'signal' = killed, 'lost' = its worker or connection went away, 'killed' = tspark asked for it */
  kind: v.picklist(['exit', 'signal', 'lost', 'killed']),
  exitCode: v.optional(v.number()),
  signal: v.optional(v.string()),
  /** the signal came from somebody else than the application's own code or a lack of memory */
  outside: v.optional(v.boolean()),
  /** what probably happened, e.g. 'out of memory' */
  guess: v.optional(v.string()),
  /** the last lines it wrote to stderr, at most 20 */
  stderr: v.optional(v.array(v.string())),
  /** resident memory when last seen, bytes */
  rss: v.optional(count),
})
export type ExitCause = v.InferOutput<typeof exitCause>

/** Where a worker can be reached, and how a reader on the same host finds its files without a socket. */
export const workerInfo = v.object({
  workerId: id,
  host: v.string(),
  port: count,
  cores: count,
  /** bytes */
  memory: count,
  /** equal on two workers only if they share a file system and a boot */
  hostId: v.string(),
  /** the worker's private folders, one a disk; applications live below each at `<scratchDir>/<appId>` */
  scratchDirs: v.array(v.string()),
})
export type WorkerInfo = v.InferOutput<typeof workerInfo>

/** What an application asks of the cluster. */
export const resourceRequest = v.object({
  /** cores of one executor; absent: all cores of its worker */
  executorCores: v.optional(count),
  /** bytes of one executor; absent: 1 GiB or the worker's memory if that is less */
  executorMemory: v.optional(count),
  /** at most so many executors */
  numExecutors: v.optional(count),
  /** executors wanted right now, in place of `numExecutors`: an application that changes its mind */
  wantedExecutors: v.optional(count),
  /** at most so many cores over all executors */
  totalExecutorCores: v.optional(count),
})
export type ResourceRequest = v.InferOutput<typeof resourceRequest>

/** An executor that the master granted to an application. */
export const executorGrant = v.object({ executorId: id, worker: workerInfo, cores: count, memory: count })
export type ExecutorGrant = v.InferOutput<typeof executorGrant>

/** An executor that holds a cached partition, and the worker that serves it. */
export const blockHolder = v.object({ executorId: id, host: v.string(), port: count })
export type BlockHolder = v.InferOutput<typeof blockHolder>

/** Spark's StorageLevel. */
export const storageLevel = v.object({ useDisk: v.boolean(), useMemory: v.boolean(), deserialized: v.boolean(), replication: count })

/** An error of user code or of the engine on its way between processes; `stack` is raw, the driver maps it. */
export interface WireError {
  name: string
  message: string
  stack?: string
  code?: string
  cause?: WireError
}
export const wireError: v.GenericSchema<WireError> = v.object({
  name: v.string(),
  message: v.string(),
  stack: v.optional(v.string()),
  code: v.optional(v.string()),
  cause: v.optional(v.lazy(() => wireError)),
})
