import { TsparkError } from '../events/tsparkError.js'
import type { FunctionSpec } from '../plan/functionRef.js'
import { current, type Lineage, type Origin } from '../plan/lineage/lineage.js'
import { Partitions } from '../plan/lineage/narrowSteps.js'
import { type RecordStep, Records } from '../plan/lineage/records.js'
import { cachedBlocks, ownShuffles } from '../plan/planJob.js'
import { checkPartition, shown } from './arguments.js'
import { checkpointFiles } from './checkpointFiles.js'
import { type Dependency, dependenciesOf, type Partition } from './dependency.js'
import type { Internals } from './internals.js'
import type { KnownPartitioner } from './partitionerSpecs.js'
import type { RDD } from './rdd.js'
import { checkProfile, type ResourceProfile } from './resourceProfile.js'
import type { SparkContext } from './sparkContext.js'
import { StorageLevel } from './storageLevel.js'
import type { driverOnly, PartitionerLike } from './types.js'

/** What every RDD has besides its operations: a name, a storage level, its place in the lineage. */
export abstract class RddCore<T> {
  /** @internal */
  declare readonly [driverOnly]: true
  /** @internal only types see it */
  declare readonly recordType?: T

  /** @internal made by operations of SparkContext and RDD, never by `new` */
  constructor(
    /** The context that made it. */
    readonly context: SparkContext,
    /** @internal */
    readonly internals: Internals,
    /** @internal */
    readonly lineage: Lineage,
  ) {}

  /** @internal named by the serialiser when a function captures an RDD */
  get [Symbol.for('tspark.forbid')](): string {
    return 'an RDD'
  }

  /** @internal */
  protected abstract make<U>(lineage: Lineage): RDD<U>

  /** @internal a step over single records */
  protected step<U>(origin: Origin, step: RecordStep, keepsPartitioner = false): RDD<U> {
    return this.make(new Records(origin, this.lineage, step, keepsPartitioner))
  }

  /** @internal a function over partitions */
  protected overPartitions<U>(origin: Origin, fn: FunctionSpec, options: ConstructorParameters<typeof Partitions>[3] = {}): RDD<U> {
    return this.make(new Partitions(origin, [this.lineage], fn, options))
  }

  /** A number that names the RDD within its context. */
  get id(): number {
    return this.lineage.id
  }

  /** The name given by `setName`. */
  get name(): string | undefined {
    return this.lineage.name
  }

  /** Names the RDD for progress, `toDebugString` and messages. */
  setName(name: string): this {
    this.lineage.name = String(name)
    return this
  }

  /** How keys are spread, if that is known: after a shuffle by key, until a step may change the keys. */
  get partitioner(): PartitionerLike | undefined {
    return (this.lineage.partitioner as KnownPartitioner | undefined)?.shown
  }

  /** The number of partitions. Looks at input paths if the RDD reads any; throws `TSPARK_INPUT` when one is missing. */
  getNumPartitions(): number {
    return this.lineage.numPartitions
  }

  /** The partitions by their places; see `getNumPartitions`. */
  get partitions(): Partition[] {
    return Array.from({ length: this.getNumPartitions() }, (_, index) => ({ index }))
  }

  /**
   * Has the tasks that compute this RDD take what the profile says (Spark's stage-level scheduling): `cpus` cores of one executor
   * each, so that fewer run at a time. It holds for the whole stage, from the shuffle before to the next one. Gives this RDD.
   * @throws `TSPARK_RESOURCES` if the profile asks for executors of its own, or for anything but cores; the action throws it where
   *   no executor has so many cores, or RDDs of one stage ask for different numbers
   */
  withResources(profile: ResourceProfile): this {
    checkProfile(profile)
    this.lineage.resources = profile
    return this
  }

  /** The profile given by `withResources`. */
  getResourceProfile(): ResourceProfile | undefined {
    return this.lineage.resources as ResourceProfile | undefined
  }

  /** How this RDD comes from its parents: read in the same task, or through a shuffle. None of what reads data or a checkpoint. */
  get dependencies(): Dependency[] {
    return dependenciesOf(this.lineage, (parent) => this.make(parent))
  }

  /**
   * The hosts a task of a partition would like to run on: where executors keep the partition, or what it is computed from
   * in the same task. Empty if nothing is kept.
   * @throws `TSPARK_ARGUMENT` if there is no such partition
   */
  preferredLocations(partition: Partition | number): string[] {
    const index = typeof partition === 'object' ? partition.index : partition
    checkPartition(index, this.getNumPartitions(), 'preferredLocations')
    return this.internals.runner.hostsOf(cachedBlocks(this.lineage, index))
  }

  /**
   * Removes the files of the shuffles this RDD comes from, up to what is persisted or checkpointed. They are written again if
   * a later action needs them; one that runs now reads them again from the lineage.
   * @param blocking wait until the workers were told (default false)
   */
  async cleanShuffleDependencies(blocking = false): Promise<void> {
    const told = this.internals.runner.dropShuffles(ownShuffles(this.lineage))
    if (blocking) await told
  }

  /** Keeps the partitions in memory once they are computed; same as `persist(StorageLevel.MEMORY_ONLY)`. */
  cache(): this {
    return this.#store(StorageLevel.MEMORY_ONLY, 'cache')
  }

  /**
   * Keeps the partitions once an action has computed them, so that later actions read them. Lazy; no shuffle.
   * What does not fit is computed again (memory levels) or put on disk (levels with disk).
   * @param level default MEMORY_ONLY; NONE, as in Spark, keeps nothing
   * @throws `TSPARK_ARGUMENT` if the RDD has another level already: `unpersist` first
   */
  persist(level: StorageLevel = StorageLevel.MEMORY_ONLY): this {
    if (typeof (level as unknown) !== 'object' || typeof level.useMemory !== 'boolean') {
      throw new TsparkError('TSPARK_ARGUMENT', `persist(): needs a storage level, not ${shown(level)}`, { hint: 'StorageLevel.MEMORY_AND_DISK, for example' })
    }
    return this.#store(level, 'persist')
  }

  /** Drops what `persist` kept. @param blocking wait until all executors have dropped it (default false) */
  async unpersist(blocking = false): Promise<this> {
    this.lineage.storage = undefined
    this.internals.persisted.delete(this.id)
    const dropped = this.internals.runner.dropRdd(this.id)
    if (blocking) await dropped
    return this
  }

  /** Where `persist` keeps this RDD; NONE if nowhere. */
  getStorageLevel(): StorageLevel {
    return (this.lineage.storage as StorageLevel | undefined) ?? StorageLevel.NONE
  }

  /** Whether `persist` or `cache` is in force. */
  get isCached(): boolean {
    return this.lineage.storage !== undefined
  }

  /**
   * Marks the RDD to be written to the checkpoint directory right after the next action that needs it; from then on it is
   * read from there and its lineage is forgotten. It is computed once more for that unless it is persisted.
   * @throws `TSPARK_CONTEXT` without `sc.setCheckpointDir`
   */
  checkpoint(): void {
    const dir = this.internals.checkpointDir
    if (!dir) {
      throw new TsparkError('TSPARK_CONTEXT', 'checkpoint(): there is no checkpoint directory', { hint: 'call sc.setCheckpointDir(path) first' })
    }
    if (this.lineage.checkpoint || this.internals.toCheckpoint.has(this.lineage)) return
    const { lineage, internals } = this
    internals.toCheckpoint.set(lineage, (signal) => checkpointFiles(internals, lineage, dir, signal))
  }

  /**
   * Keeps the RDD on the executors (memory, then disk) so that it is not computed again. Unlike Spark's, a block lost with its
   * executor is computed from the lineage again rather than failing the job.
   */
  localCheckpoint(): this {
    if (!this.lineage.storage) this.#store(StorageLevel.MEMORY_AND_DISK, 'localCheckpoint')
    const { lineage } = this
    this.internals.toCheckpoint.set(lineage, async () => {
      lineage.isKept = true
    })
    return this
  }

  /** Whether a checkpoint was written. */
  isCheckpointed(): boolean {
    return this.lineage.checkpoint !== undefined || this.lineage.isKept
  }

  /** The folder of the checkpoint, once it is written. */
  getCheckpointFile(): string | undefined {
    return this.lineage.checkpoint?.name
  }

  /** The lineage as text, children before parents, with the numbers of partitions; a deeper level is behind a shuffle. */
  toDebugString(): string {
    const lines: string[] = []
    const show = (lineage: Lineage, indent: string, head: boolean): void => {
      const actual = current(lineage)
      const name = lineage.name ? `${lineage.name} ` : ''
      const kind = actual.constructor.name
      const level = lineage.storage ? ` [${String(lineage.storage)}]` : ''
      lines.push(`${indent}${head ? `(${lineage.numPartitions}) ` : ' |  '}${name}${kind}[${lineage.id}] ${lineage.origin.label()}${level}`)
      for (const parent of actual.narrow) show(parent, indent, false)
      for (const shuffle of actual.shuffles) show(shuffle.parent, `${indent} +-`, true)
    }
    show(this.lineage, '', true)
    return lines.join('\n')
  }

  toString(): string {
    return `${this.name ?? 'RDD'}[${this.id}] ${this.lineage.origin.label()}`
  }

  #store(level: StorageLevel, operation: string): this {
    const before = this.lineage.storage as StorageLevel | undefined
    if (before && !before.equals(level)) {
      throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): the storage level of an RDD cannot change once it is set`, { hint: 'call unpersist() first' })
    }
    if (!level.useDisk && !level.useMemory) return this
    this.lineage.storage = level
    this.internals.persisted.set(this.id, this.lineage)
    return this
  }
}

/** Refuses what is no RDD. */
export function checkRdds(given: readonly unknown[], operation: string): void {
  for (const each of given) {
    if (!(each instanceof RddCore)) throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): needs an RDD, not ${shown(each)}`)
  }
}
