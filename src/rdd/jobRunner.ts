import type { CachedBlock, JobPlan } from '../plan/jobPlan.js'
import type { Archive } from '../sources/archive.js'
import type { SparkListener } from './sparkListener.js'

/** Which log lines are told: those of this level and worse. */
export type LogLevel = 'ALL' | 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL' | 'OFF'

/** Settings that say how the API behaves. */
export interface ApiSettings {
  readonly 'spark.default.parallelism': number | undefined
  readonly 'spark.rdd.limit.initialNumPartitions': number
  readonly 'spark.rdd.limit.scaleUpFactor': number
  readonly 'spark.scheduler.resource.profileMergeConflicts': boolean
}

/** Which jobs are meant. */
export interface JobFilter {
  readonly group?: string
  /** jobs of the group that start later too */
  readonly future?: boolean
  readonly tag?: string
  readonly jobId?: number
  /** jobs that need this stage */
  readonly stageId?: number
  readonly all?: boolean
}

/** One action, ready to run. */
export interface JobRequest {
  plan: JobPlan
  /** partitions of the result stage to compute */
  partitions: readonly number[]
  /** `collect at job.ts:12` */
  name: string
  /** file:line:col of the user's call in the bundle (raw frame), for messages */
  site: string
  signal?: AbortSignal
  /** local properties, job group and tags included */
  properties: Readonly<Record<string, string>>
  tags: readonly string[]
  /** turns the bytes of one partition's result into its value */
  decode: (bytes: Uint8Array) => unknown
  /** called once per partition as results come, in any order; without it results are gathered and returned */
  onResult?: (index: number, value: unknown) => void
}

/** What the RDD layer needs from the driver. driver/ implements it; rdd/ knows nothing of processes. */
export interface JobRunner {
  readonly applicationId: string
  readonly appName: string
  readonly master: string
  /** cores of the application (local[N]: N; cluster: all granted cores, at least 2) */
  readonly defaultParallelism: number
  /** what the run was configured with, by Spark's names */
  readonly conf: Readonly<Record<string, string>>
  /** settings the API itself asks for */
  readonly settings: ApiSettings
  /** Runs an action, from its call to its end: main should not end before. */
  action<T>(label: string, run: () => Promise<T>): Promise<T>
  /** Runs a job; resolves to one value per requested partition, in their order. Rejects with the first failure. */
  run(job: JobRequest): Promise<unknown[]>
  /** Keeps bytes where executors can get them, by content hash. */
  putBlob(bytes: Uint8Array): string
  /** nothing can use it any more */
  dropBlob(hash: string): void
  /** executors let go of their copies when no running stage uses them; resolves when workers were told */
  unpersistBlob(hash: string): Promise<void>
  /** removes the files of shuffles and forgets where they lay; resolves when workers were told */
  dropShuffles(shuffleIds: readonly number[]): Promise<void>
  /** hosts whose executors hold the first of these blocks that any holds */
  hostsOf(blocks: readonly CachedBlock[]): string[]
  /** how much of a persisted RDD lies where */
  storageOf(rddId: number): { partitions: number; memory: number; disk: number }
  /** forgets cached partitions everywhere; resolves when executors were told */
  dropRdd(rddId: number): Promise<void>
  /** accumulator updates of accepted tasks arrive here */
  onAccumulator(listener: (id: number, update: Uint8Array, inAction: boolean) => void): void
  cancelJobs(filter: JobFilter, reason: string): void
  /** stops one attempt; its partition is tried again. False: it does not run */
  killTask(taskId: number, reason: string): boolean
  readonly listeners: { add(listener: SparkListener): void; remove(listener: SparkListener): void }
  readonly logThreshold: { level: LogLevel }
  /** `job.ts:12` of the user's frame in a raw stack; undefined if there is none */
  siteOf(stack: string): string | undefined
  /** path of a --files file in this process */
  filePath(name: string): string | undefined
  /** names of all files that were shipped */
  readonly fileNames: readonly string[]
  /** ships one more file to executors */
  addFile(path: string): void
  /** names of all archives that were shipped */
  readonly archiveNames: readonly string[]
  /** unpacks an archive here and ships it to executors */
  addArchive(archive: Archive): void
  readonly executors: ExecutorRequests
  log(level: 'debug' | 'info' | 'warn', text: string): void
  /** for statusTracker */
  status(): RunnerStatus
}

/** How main changes the number of its executors; each throws under dynamic allocation. */
export interface ExecutorRequests {
  requestTotal(total: number): void
  requestMore(more: number): void
  /** gives those that were there */
  kill(executorIds: readonly string[]): string[]
}

/** What runs, at one moment. */
export interface RunnerStatus {
  readonly activeJobs: readonly number[]
  readonly activeStages: readonly { stageId: number; name: string; total: number; done: number; running: number; failed: number }[]
  readonly executors: readonly {
    executorId: string
    host: string
    cores: number
    memory: number
    storageMemory: number
    storageUsed: number
    running: number
  }[]
  jobsInGroup(group: string | undefined): readonly number[]
  jobsWithTag(tag: string): readonly number[]
  job(jobId: number): { stageIds: readonly number[]; status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' } | undefined
}
