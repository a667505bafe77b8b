import { resolve } from 'node:path'
import { encodeValue } from '../closure/encodeValue.js'
import { TsparkError } from '../events/tsparkError.js'
import { Union } from '../plan/lineage/narrowSteps.js'
import { NumberRange, ObjectFiles, ParallelCollection, type Slice, SplitFiles, WholeFiles } from '../plan/lineage/sources.js'
import { encodeBatch } from '../shuffle/frame.js'
import { computeRecordSplits, computeSplits } from '../sources/computeSplits.js'
import { groupFiles } from '../sources/groupFiles.js'
import { listFiles, listObjectFiles } from '../sources/listInput.js'
import { type AccumulatorV2, CollectionAccumulator, DoubleAccumulator, LongAccumulator } from './accumulator.js'
import { type AnyAccumulator, installAccumulators, mergeUpdate } from './accumulatorCodec.js'
import { checkCount, checkPartitions, shown } from './arguments.js'
import { Broadcast } from './broadcast.js'
import { Internals } from './internals.js'
import type { JobRunner } from './jobRunner.js'
import { RDD } from './rdd.js'
import { StatusTracker } from './statusTracker.js'
import type { ActionOptions, driverOnly } from './types.js'

/** Slices larger than this travel as files of their own instead of in the task's message. */
const LARGE_SLICE = 64 * 1024

/** Where a program begins: it makes RDDs, broadcasts and accumulators (Spark's SparkContext). A job gets it as `sc`. */
export class SparkContext {
  /** @internal */
  declare readonly [driverOnly]: true
  readonly #runner: JobRunner
  readonly #internals: Internals
  readonly #accumulators = new Map<number, AnyAccumulator>()
  #broadcastId = 0
  #accumulatorId = 0
  /** When it was made, in ms since 1970. */
  readonly startTime = Date.now()
  /** What runs at the moment. */
  readonly statusTracker: StatusTracker

  /** @internal jobs get theirs from `defineJob` */
  constructor(runner: JobRunner) {
    if (!runner?.run) {
      throw new TsparkError('TSPARK_CONTEXT', 'a SparkContext is not made by new', {
        hint: 'take sc from the parameter of the job: defineJob(async ({ sc }) => …)',
      })
    }
    this.#runner = runner
    this.#internals = new Internals(runner)
    this.statusTracker = new StatusTracker(runner)
    installAccumulators()
    runner.onAccumulator((id, update) => {
      const accumulator = this.#accumulators.get(id)
      if (accumulator) mergeUpdate(accumulator, update)
    })
  }

  /** @internal */
  get [Symbol.for('tspark.forbid')](): string {
    return 'the SparkContext'
  }

  /** The application's id. */
  get applicationId(): string {
    return this.#runner.applicationId
  }
  /** The application's name, `--name`. */
  get appName(): string {
    return this.#runner.appName
  }
  /** Where the job runs, `--master`. */
  get master(): string {
    return this.#runner.master
  }
  /** Whether the cluster is embedded in this run. */
  get isLocal(): boolean {
    return this.#runner.master.startsWith('local')
  }
  /** Partitions when no number is given: the cores of the application, on a cluster at least 2. */
  get defaultParallelism(): number {
    return this.#runner.defaultParallelism
  }
  /** Least number of partitions of a text file when none is given: 2, or 1 with a single core. */
  get defaultMinPartitions(): number {
    return Math.min(this.defaultParallelism, 2)
  }

  /**
   * An RDD of the elements of an iterable, cut into slices of about equal size.
   * @param numSlices default: `defaultParallelism`
   */
  parallelize<T>(elements: Iterable<T>, numSlices?: number): RDD<T> {
    const count = checkPartitions(numSlices ?? this.defaultParallelism, 'parallelize')
    if (typeof (elements as Partial<Iterable<T>> | null | undefined)?.[Symbol.iterator] !== 'function') {
      throw new TsparkError('TSPARK_ARGUMENT', `parallelize(): needs an iterable, not ${shown(elements)}`)
    }
    const origin = this.#internals.origin('parallelize')
    const all = Array.isArray(elements) ? (elements as T[]) : [...elements]
    const slices = Array.from({ length: count }, (_, slice): Slice => {
      const bytes = encodeBatch(all.slice(Math.floor((slice * all.length) / count), Math.floor(((slice + 1) * all.length) / count)))
      return bytes.byteLength > LARGE_SLICE ? this.#runner.putBlob(bytes) : bytes
    })
    return this.#rdd(new ParallelCollection(origin, slices))
  }

  /** Same as `parallelize`. */
  makeRDD<T>(elements: Iterable<T>, numSlices?: number): RDD<T> {
    return this.parallelize(elements, numSlices)
  }

  /**
   * Numbers from `start` (included) to `end` (not included), made where they are used. With one argument: from 0 to it.
   * @param step default 1; may be negative, not 0 @param numSlices default: `defaultParallelism`
   */
  range(start: number, end?: number, step = 1, numSlices?: number): RDD<number> {
    const [from, to] = end === undefined ? [0, start] : [start, end]
    for (const value of [from, to, step]) {
      if (!Number.isFinite(value)) throw new TsparkError('TSPARK_ARGUMENT', `range(): needs finite numbers, not ${shown(value)}`)
    }
    if (step === 0) throw new TsparkError('TSPARK_ARGUMENT', 'range(): the step cannot be 0')
    const slices = checkPartitions(numSlices ?? this.defaultParallelism, 'range')
    const count = Math.max(0, Math.ceil((to - from) / step))
    return this.#rdd(new NumberRange(this.#internals.origin('range'), from, step, count, slices))
  }

  /** An RDD without partitions. */
  emptyRDD<T = never>(): RDD<T> {
    return this.#rdd(new ParallelCollection(this.#internals.origin('emptyRDD'), []))
  }

  /** The records of several RDDs one after the other. No shuffle. */
  union<T>(rdds: readonly RDD<T>[]): RDD<T>
  union<T>(...rdds: RDD<T>[]): RDD<T>
  union<T>(...given: (RDD<T> | readonly RDD<T>[])[]): RDD<T> {
    const rdds = given.flat() as RDD<T>[]
    const origin = this.#internals.origin('union')
    if (rdds.length === 0) return this.emptyRDD()
    return this.#rdd(
      new Union(
        origin,
        rdds.map((rdd) => rdd.lineage),
      ),
    )
  }

  /**
   * The lines of text files: a file, a folder, a glob or a comma list of these. Lines end with LF, CRLF or CR; bytes that are
   * no UTF-8 become U+FFFD; `.gz` is unpacked (one partition a file). Paths are looked at by the first action.
   * @param minPartitions at least so many (default: 2); files are cut by bytes, at most 32 MiB a partition
   */
  textFile(path: string, minPartitions?: number): RDD<string> {
    checkPath(path, 'textFile')
    const least = checkPartitions(minPartitions ?? this.defaultMinPartitions, 'textFile')
    return this.#rdd(new SplitFiles(this.#internals.origin('textFile'), () => computeSplits(listFiles(path), least)))
  }

  /** Whole files as `[path, text]`; `.gz` is unpacked. @param minPartitions at least so many if there are as many files (default 2) */
  wholeTextFiles(path: string, minPartitions?: number): RDD<[string, string]> {
    checkPath(path, 'wholeTextFiles')
    const least = checkPartitions(minPartitions ?? this.defaultMinPartitions, 'wholeTextFiles')
    return this.#rdd(new WholeFiles(this.#internals.origin('wholeTextFiles'), () => groupFiles(listFiles(path), least), 'text'))
  }

  /** Whole files as `[path, bytes]`. @param minPartitions at least so many if there are as many files (default 2) */
  binaryFiles(path: string, minPartitions?: number): RDD<[string, Uint8Array]> {
    checkPath(path, 'binaryFiles')
    const least = checkPartitions(minPartitions ?? this.defaultMinPartitions, 'binaryFiles')
    return this.#rdd(new WholeFiles(this.#internals.origin('binaryFiles'), () => groupFiles(listFiles(path), least), 'bytes'))
  }

  /**
   * The records of binary files, each of `recordLength` bytes. Files are cut into partitions of whole records, of at most 32 MiB.
   * @throws `TSPARK_INPUT` in the first action if a file is no whole number of records
   */
  binaryRecords(path: string, recordLength: number): RDD<Uint8Array> {
    checkPath(path, 'binaryRecords')
    if (!Number.isSafeInteger(recordLength) || recordLength < 1) {
      throw new TsparkError('TSPARK_ARGUMENT', `binaryRecords(): the record length is a whole number of bytes from 1, not ${shown(recordLength)}`)
    }
    const splits = () => computeRecordSplits(listFiles(path), recordLength, this.defaultMinPartitions)
    return this.#rdd(new SplitFiles(this.#internals.origin('binaryRecords'), splits, recordLength))
  }

  /** What `saveAsObjectFile` wrote, one partition a part. */
  objectFile<T = unknown>(path: string): RDD<T> {
    checkPath(path, 'objectFile')
    return this.#rdd(new ObjectFiles(this.#internals.origin('objectFile'), () => listObjectFiles(path)))
  }

  /**
   * Runs a function over the records of partitions and gives what it gave, one value a partition. An action.
   * @param partitions which ones (default: all)
   */
  async runJob<T, R>(
    rdd: RDD<T>,
    fn: (records: IterableIterator<T>) => R | Promise<R>,
    partitions?: readonly number[],
    options: ActionOptions = {},
  ): Promise<R[]> {
    const shipped = this.#internals.ship(fn, 'runJob', this.runJob)
    return await rdd.onPartitions<R>('runJob', shipped, options, partitions)
  }

  /** A value that executors fetch once and functions read as `.value`. It is serialised now; later changes don't reach tasks. */
  broadcast<V>(value: V): Broadcast<V> {
    this.#internals.checkUsable('broadcast')
    const id = this.#broadcastId++
    const bytes = encodeValue([id, value])
    const hash = this.#runner.putBlob(bytes)
    return new Broadcast<V>(id, hash, { value: () => value, drop: () => this.#runner.dropBlob(hash) })
  }

  /** A sum of whole numbers that tasks add to. */
  longAccumulator(name?: string): LongAccumulator {
    return this.register(new LongAccumulator(), name)
  }

  /** A sum of numbers that tasks add to. */
  doubleAccumulator(name?: string): DoubleAccumulator {
    return this.register(new DoubleAccumulator(), name)
  }

  /** A list that tasks add to, in no particular order. */
  collectionAccumulator<V>(name?: string): CollectionAccumulator<V> {
    return this.register(new CollectionAccumulator<V>(), name)
  }

  /** Makes an accumulator of your own class known, so that functions can use it. Gives it back. */
  register<A extends AccumulatorV2<never, unknown>>(accumulator: A, name?: string): A {
    this.#internals.checkUsable('register')
    if (accumulator.registration) throw new TsparkError('TSPARK_ARGUMENT', 'register(): the accumulator is registered already')
    const id = this.#accumulatorId++
    Object.defineProperty(accumulator, 'registration', { value: { id, name }, enumerable: false, configurable: true })
    this.#accumulators.set(id, accumulator as AnyAccumulator)
    return accumulator
  }

  /** Sets a value that tasks of later jobs read by `TaskContext.getLocalProperty`; undefined removes it. */
  setLocalProperty(key: string, value: string | undefined): void {
    if (value === undefined || value === null) this.#internals.properties.delete(key)
    else this.#internals.properties.set(key, String(value))
  }

  /** A value set by `setLocalProperty`. */
  getLocalProperty(key: string): string | undefined {
    return this.#internals.properties.get(key)
  }

  /** Later jobs belong to a group, which `cancelJobGroup` ends. */
  setJobGroup(group: string, description?: string): void {
    this.setLocalProperty('spark.jobGroup.id', group)
    this.setLocalProperty('spark.job.description', description)
  }

  /** Later jobs belong to no group. */
  clearJobGroup(): void {
    this.setLocalProperty('spark.jobGroup.id', undefined)
    this.setLocalProperty('spark.job.description', undefined)
  }

  /** What later jobs are for, in words. */
  setJobDescription(description: string | undefined): void {
    this.setLocalProperty('spark.job.description', description)
  }

  /** Later jobs carry a tag, which `cancelJobsWithTag` ends. */
  addJobTag(tag: string): void {
    if (tag === '' || tag.includes(',')) throw new TsparkError('TSPARK_ARGUMENT', `addJobTag(): a tag has no commas and is not empty, not ${shown(tag)}`)
    this.#internals.tags.add(tag)
  }
  /** Later jobs do not carry the tag. */
  removeJobTag(tag: string): void {
    this.#internals.tags.delete(tag)
  }
  /** The tags later jobs carry. */
  getJobTags(): Set<string> {
    return new Set(this.#internals.tags)
  }
  /** Later jobs carry no tags. */
  clearJobTags(): void {
    this.#internals.tags.clear()
  }

  /** Cancels the running jobs of a group. */
  cancelJobGroup(group: string, reason = `job group '${group}' was cancelled`): void {
    this.#runner.cancelJobs({ group }, reason)
  }
  /** Cancels the running jobs with a tag. */
  cancelJobsWithTag(tag: string, reason = `jobs with tag '${tag}' were cancelled`): void {
    this.#runner.cancelJobs({ tag }, reason)
  }
  /** Cancels one running job. */
  cancelJob(jobId: number, reason = `job ${jobId} was cancelled`): void {
    this.#runner.cancelJobs({ jobId }, reason)
  }
  /** Cancels all running jobs. */
  cancelAllJobs(reason = 'all jobs were cancelled'): void {
    this.#runner.cancelJobs({ all: true }, reason)
  }

  /** Where checkpoints are written: a folder all executors reach. */
  setCheckpointDir(path: string): void {
    checkPath(path, 'setCheckpointDir')
    this.#internals.checkpointDir = resolve(path.startsWith('file://') ? new URL(path).pathname : path)
  }
  /** The folder set by `setCheckpointDir`. */
  getCheckpointDir(): string | undefined {
    return this.#internals.checkpointDir
  }

  /** Ships one more file to the executors of later tasks; `SparkFiles.get(name)` finds it. */
  addFile(path: string): void {
    checkPath(path, 'addFile')
    this.#runner.addFile(resolve(path))
  }

  /** Asks for more executors than there are now; they come as the cluster has room. @throws `TSPARK_ARGUMENT` under dynamic allocation */
  requestExecutors(numAdditionalExecutors: number): void {
    this.#runner.executors.requestMore(checkCount(numAdditionalExecutors, 'requestExecutors', 'a number of executors'))
  }

  /** Asks for so many executors in all, in place of `--num-executors`; fewer than there are ends none. @throws `TSPARK_ARGUMENT` under dynamic allocation */
  requestTotalExecutors(numExecutors: number): void {
    this.#runner.executors.requestTotal(checkCount(numExecutors, 'requestTotalExecutors', 'a number of executors'))
  }

  /**
   * Ends executors at once and wants so many fewer from now on; their tasks run elsewhere, shuffle output stays. Gives the ids of
   * those that were there. @throws `TSPARK_ARGUMENT` under dynamic allocation
   */
  killExecutors(executorIds: readonly string[]): string[] {
    return this.#runner.executors.kill(executorIds)
  }

  /** Ends one executor, as `killExecutors` does; gives whether it was there. */
  killExecutor(executorId: string): boolean {
    return this.killExecutors([executorId]).length > 0
  }

  /** The persisted RDDs by their ids, as names. */
  getPersistentRDDs(): Map<number, string> {
    return new Map([...this.#internals.persisted].map(([id, lineage]) => [id, lineage.name ?? lineage.origin.label()]))
  }

  /** Ends the use of this context: actions and transformations fail from now on. The run itself ends with main. */
  async stop(): Promise<void> {
    if (this.#internals.stopped) return
    this.#internals.stopped = true
    this.#runner.cancelJobs({ all: true }, 'the SparkContext was stopped')
  }

  #rdd<T>(lineage: ConstructorParameters<typeof RDD>[2]): RDD<T> {
    return new RDD<T>(this, this.#internals, lineage)
  }
}

function checkPath(path: unknown, operation: string): void {
  if (typeof path !== 'string' || path.trim() === '') throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): needs a path, not ${shown(path)}`)
}
