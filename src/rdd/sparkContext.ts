import { resolve } from 'node:path'
import { packageVersion } from '../cli/packageVersion.js'
import { encodeValue } from '../closure/encodeValue.js'
import { TsparkError } from '../events/tsparkError.js'
import { Union } from '../plan/lineage/narrowSteps.js'
import { NumberRange, ObjectFiles, ParallelCollection, type Slice, SplitFiles, WholeFiles } from '../plan/lineage/sources.js'
import { encodeBatch } from '../shuffle/frame.js'
import { computeRecordSplits, computeSplits } from '../sources/computeSplits.js'
import { groupFiles } from '../sources/groupFiles.js'
import { listFiles, listObjectFiles } from '../sources/listInput.js'
import { type AccumulatorV2, CollectionAccumulator, checkAccumulator, DoubleAccumulator, LongAccumulator } from './accumulator.js'
import { type AnyAccumulator, installAccumulators, mergeUpdate } from './accumulatorCodec.js'
import { checkPartitions, checkPath, shown } from './arguments.js'
import { Broadcast } from './broadcast.js'
import { ExecutorControl } from './executorControl.js'
import { Internals } from './internals.js'
import type { JobRunner, LogLevel } from './jobRunner.js'
import { RDD } from './rdd.js'
import { checkRdds } from './rddCore.js'
import { SparkConf } from './sparkConf.js'
import { StatusTracker } from './statusTracker.js'
import type { StorageLevel } from './storageLevel.js'
import { TaskContext } from './taskContext.js'
import type { driverOnly } from './types.js'

/** Slices larger than this travel as files of their own instead of in the task's message. */
const LARGE_SLICE = 64 * 1024

const LOG_LEVELS: readonly LogLevel[] = ['ALL', 'TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'OFF']

/** How much of a persisted RDD is kept (Spark's RDDInfo). */
export interface RDDStorageInfo {
  readonly id: number
  readonly name: string
  readonly numPartitions: number
  readonly numCachedPartitions: number
  readonly storageLevel: StorageLevel
  /** bytes */
  readonly memSize: number
  /** bytes */
  readonly diskSize: number
}

/** Where a program begins: it makes RDDs, broadcasts and accumulators (Spark's SparkContext). A job gets it as `sc`. */
export class SparkContext extends ExecutorControl {
  static #active: SparkContext | undefined

  /** @internal */
  declare readonly [driverOnly]: true
  /** @internal */
  protected readonly runner: JobRunner
  /** @internal */
  protected readonly internals: Internals
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
    super()
    this.runner = runner
    this.internals = new Internals(runner)
    this.statusTracker = new StatusTracker(runner)
    installAccumulators()
    SparkContext.#active = this
    runner.onAccumulator((id, update) => {
      const accumulator = this.#accumulators.get(id)
      if (!accumulator) return
      try {
        mergeUpdate(accumulator, update)
      } catch (error) {
        // as in Spark: the job is not to fail for it
        runner.log('warn', `accumulator ${accumulator.name ?? id}: what a task has added is left out: ${(error as Error)?.message ?? error}`)
      }
    })
  }

  /** @internal */
  get [Symbol.for('tspark.forbid')](): string {
    return 'the SparkContext'
  }

  /**
   * The context of this run, the same that main gets as `sc`: for code that is not handed it.
   * @throws `TSPARK_CONTEXT` in tasks, before main, and after `stop`
   */
  static getOrCreate(): SparkContext {
    const active = SparkContext.#active
    if (active && !active.internals.stopped) return active
    throw new TsparkError('TSPARK_CONTEXT', 'SparkContext.getOrCreate(): there is no SparkContext here', {
      hint: TaskContext.get() ? 'a task cannot use one; do it in main' : 'call it from main or what main calls',
    })
  }

  /** The version of tspark. */
  get version(): string {
    return packageVersion
  }
  /** The application's id. */
  get applicationId(): string {
    return this.runner.applicationId
  }
  /** The application's name, `--name`. */
  get appName(): string {
    return this.runner.appName
  }
  /** Where the job runs, `--master`. */
  get master(): string {
    return this.runner.master
  }
  /** The address of the application's web page: undefined, as in Spark without a UI, since tspark has no web page yet. */
  get uiWebUrl(): string | undefined {
    return undefined
  }
  /** Whether the cluster is embedded in this run. */
  get isLocal(): boolean {
    return this.runner.master.startsWith('local')
  }
  /** Partitions when no number is given: the cores of the application, on a cluster at least 2. */
  get defaultParallelism(): number {
    return this.runner.defaultParallelism
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
    const origin = this.internals.origin('parallelize')
    const all = Array.isArray(elements) ? (elements as T[]) : [...elements]
    const slices = Array.from({ length: count }, (_, slice): Slice => {
      const bytes = encodeBatch(all.slice(Math.floor((slice * all.length) / count), Math.floor(((slice + 1) * all.length) / count)))
      return bytes.byteLength > LARGE_SLICE ? this.runner.putBlob(bytes) : bytes
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
    return this.#rdd(new NumberRange(this.internals.origin('range'), from, step, count, slices))
  }

  /** An RDD without partitions. */
  emptyRDD<T = never>(): RDD<T> {
    return this.#rdd(new ParallelCollection(this.internals.origin('emptyRDD'), []))
  }

  /** The records of several RDDs one after the other. No shuffle. */
  union<T>(rdds: readonly RDD<T>[]): RDD<T>
  union<T>(...rdds: RDD<T>[]): RDD<T>
  union<T>(...given: (RDD<T> | readonly RDD<T>[])[]): RDD<T> {
    const rdds = given.flat() as RDD<T>[]
    const origin = this.internals.origin('union')
    checkRdds(rdds, 'union')
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
   * @param minPartitions at least so many (default: 2); files are cut by bytes into even parts, at most 32 MiB a partition
   */
  textFile(path: string, minPartitions?: number): RDD<string> {
    checkPath(path, 'textFile')
    const least = checkPartitions(minPartitions ?? this.defaultMinPartitions, 'textFile')
    return this.#rdd(new SplitFiles(this.internals.origin('textFile'), () => computeSplits(listFiles(path), least)))
  }

  /** Whole files as `[path, text]`; `.gz` is unpacked. @param minPartitions at least so many if there are as many files (default 2) */
  wholeTextFiles(path: string, minPartitions?: number): RDD<[string, string]> {
    checkPath(path, 'wholeTextFiles')
    const least = checkPartitions(minPartitions ?? this.defaultMinPartitions, 'wholeTextFiles')
    return this.#rdd(new WholeFiles(this.internals.origin('wholeTextFiles'), () => groupFiles(listFiles(path), least), 'text'))
  }

  /** Whole files as `[path, bytes]`. @param minPartitions at least so many if there are as many files (default 2) */
  binaryFiles(path: string, minPartitions?: number): RDD<[string, Uint8Array]> {
    checkPath(path, 'binaryFiles')
    const least = checkPartitions(minPartitions ?? this.defaultMinPartitions, 'binaryFiles')
    return this.#rdd(new WholeFiles(this.internals.origin('binaryFiles'), () => groupFiles(listFiles(path), least), 'bytes'))
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
    return this.#rdd(new SplitFiles(this.internals.origin('binaryRecords'), splits, recordLength))
  }

  /** What `saveAsObjectFile` wrote, one partition a part. */
  objectFile<T = unknown>(path: string): RDD<T> {
    checkPath(path, 'objectFile')
    return this.#rdd(new ObjectFiles(this.internals.origin('objectFile'), () => listObjectFiles(path)))
  }

  /** A value that executors fetch once and functions read as `.value`. It is serialised now; later changes don't reach tasks. */
  broadcast<V>(value: V): Broadcast<V> {
    this.internals.checkUsable('broadcast')
    const id = this.#broadcastId++
    const bytes = encodeValue({ id, value }, 'broadcast')
    const hash = this.runner.putBlob(bytes)
    return new Broadcast<V>(id, hash, {
      value: () => value,
      unpersist: () => this.runner.unpersistBlob(hash),
      destroy: () => this.runner.dropBlob(hash),
    })
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
    this.internals.checkUsable('register')
    checkAccumulator(accumulator)
    if (accumulator.registration) throw new TsparkError('TSPARK_ARGUMENT', 'register(): the accumulator is registered already')
    const id = this.#accumulatorId++
    Object.defineProperty(accumulator, 'registration', { value: { id, name }, enumerable: false, configurable: true })
    this.#accumulators.set(id, accumulator as AnyAccumulator)
    return accumulator
  }

  /** Where checkpoints are written: a folder all executors reach. */
  setCheckpointDir(path: string): void {
    checkPath(path, 'setCheckpointDir')
    this.internals.checkpointDir = resolve(path.startsWith('file://') ? new URL(path).pathname : path)
  }
  /** The folder set by `setCheckpointDir`. */
  getCheckpointDir(): string | undefined {
    return this.internals.checkpointDir
  }

  /** What the run was configured with. */
  getConf(): SparkConf {
    return new SparkConf({ ...this.runner.conf, 'spark.app.startTime': String(this.startTime) })
  }

  /** Which of the driver's log lines are told: those of this level and worse. @param level ALL, TRACE, DEBUG, INFO, WARN, ERROR, FATAL or OFF */
  setLogLevel(level: LogLevel): void {
    const upper = String(level).toUpperCase() as LogLevel
    if (!LOG_LEVELS.includes(upper)) {
      throw new TsparkError('TSPARK_ARGUMENT', `setLogLevel(): the level is one of ${LOG_LEVELS.join(', ')}, not ${shown(level)}`)
    }
    this.runner.logThreshold.level = upper
  }

  /** The persisted RDDs by their ids, as names. */
  getPersistentRDDs(): Map<number, string> {
    return new Map([...this.internals.persisted].map(([id, lineage]) => [id, lineage.name ?? lineage.origin.label()]))
  }

  /** How much of each persisted RDD lies in memory and on disk, those of which nothing is kept yet too. */
  getRDDStorageInfo(): RDDStorageInfo[] {
    return [...this.internals.persisted.values()].map((lineage) => {
      const { partitions, memory, disk } = this.runner.storageOf(lineage.id)
      return {
        id: lineage.id,
        name: lineage.name ?? lineage.origin.label(),
        numPartitions: lineage.numPartitions,
        numCachedPartitions: partitions,
        storageLevel: lineage.storage as StorageLevel,
        memSize: memory,
        diskSize: disk,
      }
    })
  }

  /**
   * Ends the use of this context: running jobs are cancelled, actions and transformations fail from now on. The run itself
   * ends with main.
   * @param exitCode what the run ends with, unless main fails (default: what `process.exitCode` says)
   */
  async stop(exitCode?: number): Promise<void> {
    if (exitCode !== undefined && !(Number.isInteger(exitCode) && exitCode >= 0 && exitCode <= 255)) {
      throw new TsparkError('TSPARK_ARGUMENT', `stop(): an exit code is a whole number from 0 to 255, not ${shown(exitCode)}`)
    }
    if (this.internals.stopped) return
    this.internals.stopped = true
    if (exitCode !== undefined) process.exitCode = exitCode
    this.runner.cancelJobs({ all: true }, 'the SparkContext was stopped')
  }

  #rdd<T>(lineage: ConstructorParameters<typeof RDD>[2]): RDD<T> {
    return new RDD<T>(this, this.internals, lineage)
  }
}
