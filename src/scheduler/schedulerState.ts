import type { StagePlan } from '../plan/jobPlan.js'
import { CacheReplicas } from './cacheReplicas.js'
import { CacheTracker } from './cacheTracker.js'
import type { ExecutorSlots } from './executorSlots.js'
import { type ExclusionLimits, FailureExclusion } from './failureExclusion.js'
import type { JobRun } from './jobRun.js'
import { MapOutputTracker } from './mapOutputTracker.js'
import type { Preference } from './preference.js'
import { ReduceLocality } from './reduceLocality.js'
import type { SchedulerPort } from './schedulerPort.js'
import type { SchedulingPools } from './schedulingPools.js'
import type { SpeculationLimits } from './speculation.js'
import type { RunningTask, StageRun } from './stageRun.js'

/** How long tasks of barrier stages wait, in ms. */
export interface BarrierLimits {
  /** one barrier() or allGather() */
  readonly syncTimeout: number
  /** for the application to have slots enough */
  readonly slotsTimeout: number
  /** slots for tasks of so many cores that the application can ever have, as far as that is known */
  mostSlots(cpus: number): number
}

export interface SchedulerOptions {
  readonly maxAttempts: number
  /** cores of a task whose stage asks for no other number (spark.task.cpus) */
  readonly taskCpus: number
  /** fetches that may fail in a row before a stage is given up */
  readonly maxConsecutiveAttempts: number
  readonly barrier: BarrierLimits
  /** ms a task waits for a place that holds its data */
  readonly localityWait: number
  /** reduce tasks like hosts that hold much of their input */
  readonly reduceLocality: boolean
  readonly pools: SchedulingPools
  /** absent: failures exclude nobody */
  readonly exclusion?: ExclusionLimits
  /** absent: slow tasks get no second attempts */
  readonly speculation?: SpeculationLimits
  readonly now: () => number
}

/** What the parts of the scheduler know together: executors, jobs, stages, tasks, and where data lie. */
export class SchedulerState {
  readonly outputs = new MapOutputTracker()
  readonly cache = new CacheTracker()
  readonly executors = new Map<string, ExecutorSlots>()
  readonly replicas = new CacheReplicas(this.cache, this.executors)
  readonly jobs = new Map<number, JobRun>()
  readonly stages = new Map<number, StageRun>()
  /** by shuffle: the stage that computes it now */
  readonly mapStages = new Map<number, StageRun>()
  /** attempts somebody waits for */
  readonly tasks = new Map<number, { stage: StageRun; task: RunningTask }>()
  /** workers that are about to stop, or have stopped in an orderly way */
  readonly decommissioned = new Set<string>()
  /** attempts that were stopped because their input changed: what they cache is of the old one */
  readonly stale = new Set<number>()
  readonly reduceLocality: ReduceLocality
  readonly #workers = new Map<string, string>()

  readonly exclusion: FailureExclusion | undefined

  constructor(
    readonly port: SchedulerPort,
    readonly options: SchedulerOptions,
  ) {
    this.reduceLocality = new ReduceLocality(this.outputs, options.reduceLocality)
    this.exclusion = options.exclusion && new FailureExclusion(options.exclusion, (exclusion) => port.excluded(exclusion))
  }

  now(): number {
    return this.options.now()
  }

  /** Forgets the cached partitions of an RDD, everywhere. */
  dropRdd(rddId: number): void {
    this.cache.dropRdd(rddId)
    this.replicas.dropRdd(rddId)
    this.port.dropRdd(rddId, [...this.executors.keys()])
  }

  /** Executors that hold a cached partition which a task reads, or else hosts that hold much of what it reads from shuffles. */
  preferred(plan: StagePlan, partition: number): Preference | undefined {
    for (const block of plan.preferences(partition).cached) {
      const holders = this.cache.holders(block)
      if (holders && holders.size > 0) return { kind: 'executor', places: holders }
    }
    return plan.shuffles.length > 0 ? this.reduceLocality.preferred(() => plan.reads(partition)) : undefined
  }

  /** Blocks that a task reads and other executors hold. */
  elsewhere(plan: StagePlan, partition: number, executorId: string): { rddId: number; partition: number; holders: string[] }[] {
    return plan.preferences(partition).cached.flatMap((block) => {
      const holders = [...(this.cache.holders(block) ?? [])].filter((holder) => holder !== executorId)
      return holders.length === 0 ? [] : [{ ...block, holders }]
    })
  }

  /** The worker of an executor, also of one that is gone if it has been asked for before. */
  workerOf(executorId: string): string | undefined {
    const known = this.executors.get(executorId)?.workerId
    if (known !== undefined) this.#workers.set(executorId, known)
    return known ?? this.#workers.get(executorId)
  }
}
