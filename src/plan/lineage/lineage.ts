import type { FunctionSpec } from '../functionRef.js'
import type { PartitionerSpec } from '../partitionerSpec.js'
import type { ProgramNode } from '../program.js'
import type { StageBuilder } from '../stageBuilder.js'
import type { StorageLevelSpec } from '../taskHost.js'
import type { Preparation } from './preparation.js'
import type { ShuffleDependency } from './shuffleDependency.js'

/** Gives ids of RDDs and shuffles; one a context. */
export interface LineageScope {
  nextRddId(): number
  nextShuffleId(): number
}

/** Where a step of a lineage came from: the operation, and the stack of the call for messages. */
export interface Origin {
  readonly scope: LineageScope
  readonly operation: string
  /** `operation at job.ts:12`, worked out when it is asked for */
  readonly label: () => string
}

/** A partition of another lineage that a partition is computed from, in the same task. */
export type NarrowParent = readonly [lineage: Lineage, partition: number]

/** What the tasks that compute a step take: Spark's ResourceProfile as data. */
export interface StageResources {
  /** absent: spark.task.cpus */
  readonly taskCpus: number | undefined
}

/** One step of an RDD's lineage (Spark's RDD, without the API): how its partitions come from others'. */
export abstract class Lineage {
  readonly id: number
  /** the user's name for it */
  name: string | undefined
  /** set by persist(), read when a job is planned */
  storage: StorageLevelSpec | undefined
  /** set by withResources(), read when a job is planned */
  resources: StageResources | undefined
  /** reads the checkpoint, once there is one: it stands in for this step and all before it */
  checkpoint: Lineage | undefined
  /** localCheckpoint: executors hold it since an action has computed it */
  isKept = false
  /** run once before the first job that needs this step */
  preparation: Preparation | undefined

  constructor(readonly origin: Origin) {
    this.id = origin.scope.nextRddId()
  }

  abstract get numPartitions(): number
  /** lineages read in the same task */
  abstract get narrow(): readonly Lineage[]
  /** shuffles read by this step */
  get shuffles(): readonly ShuffleDependency[] {
    return []
  }
  get partitioner(): PartitionerSpec | undefined {
    return undefined
  }
  /** functions this step calls, for their broadcasts */
  get functions(): readonly FunctionSpec[] {
    return []
  }
  /** blobs that its tasks read besides broadcasts */
  get blobs(): readonly string[] {
    return []
  }
  get barrier(): boolean {
    return false
  }

  abstract node(builder: StageBuilder): ProgramNode
  /** descriptor of one partition, plain data */
  abstract input(partition: number): unknown
  abstract narrowParents(partition: number): readonly NarrowParent[]
}

/** What stands for a lineage in a plan: its checkpoint, if it has one. */
export function current(lineage: Lineage): Lineage {
  return lineage.checkpoint ?? lineage
}
