// What planning gives to scheduling. Pure data and pure functions.

/** A block of a persisted RDD. */
export interface CachedBlock {
  rddId: number
  partition: number
}

/** A partition of a shuffle that a task reads, from all of its map outputs. */
export interface ShuffleRead {
  readonly shuffleId: number
  readonly reducer: number
}

/** A stage: the tasks that run without waiting for each other, one per partition. */
export interface StagePlan {
  readonly kind: 'shuffleMap' | 'result'
  /** the RDD whose partitions the tasks compute */
  readonly rddId: number
  /** `reduceByKey at job.ts:12` */
  readonly name: string
  /** the shuffle a map stage writes; one map stage per shuffle, reused by later jobs */
  readonly shuffleId?: number
  /** number of reduce partitions that a map stage writes */
  readonly numReducers?: number
  readonly numPartitions: number
  /** encoded StageProgram: the same for every partition, sent once per executor */
  readonly program: Uint8Array
  /** hashes of blobs (broadcasts, big slices) that tasks read */
  readonly blobs: readonly string[]
  /** every shuffle the program reads */
  readonly shuffles: readonly number[]
  /** the shuffles that must be complete for these partitions, given what is cached */
  requiredShuffles(partitions: readonly number[], isCached: (block: CachedBlock) => boolean): number[]
  /** encoded descriptor of one partition, sent with its task */
  input(partition: number): Uint8Array
  /** cached blocks a task would like to be near, best first */
  preferences(partition: number): { cached: readonly CachedBlock[] }
  /** what the task of a partition reads from shuffles, if nothing it reads is cached */
  reads(partition: number): readonly ShuffleRead[]
  /** it computes persisted RDDs, or reads them */
  readonly caches: boolean
  /** by shuffle of this stage: the persisted RDDs that its tasks compute from it */
  readonly cachedFrom: ReadonlyMap<number, readonly number[]>
  /** cores that each task takes; absent: spark.task.cpus */
  readonly cpus?: number
  /** all tasks at once or none */
  readonly barrier: boolean
  /** persisted RDDs behind a barrier step of this stage: all their partitions are read from the cache, or none */
  readonly cachedAfterBarrier: readonly number[]
}

/** A job: the result stage and, by shuffle id, the map stages it can need. */
export interface JobPlan {
  readonly result: StagePlan
  readonly maps: ReadonlyMap<number, StagePlan>
}
