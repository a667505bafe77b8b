import type { StagePlan } from '../plan/jobPlan.js'
import type { TaskMetrics } from '../protocol/executorMessages.js'
import { BarrierRun } from './barrierRun.js'
import { PendingTasks } from './pendingTasks.js'
import { SkewWatch } from './skewWatch.js'
import { TaskTimes } from './taskTimes.js'

/** An attempt at a partition that is on an executor. */
export interface RunningTask {
  readonly taskId: number
  readonly partition: number
  readonly attempt: number
  readonly executorId: string
  readonly host: string
  readonly stageAttempt: number
  readonly startedAt: number
  /** read so far, as last told */
  records: number
}

/** A stage on its way: which partitions wait, run and are done. */
export class StageRun {
  attempt = 0
  readonly pending: PendingTasks
  readonly running = new Map<number, RunningTask>()
  /** attempts started, by partition */
  readonly attempts = new Map<number, number>()
  /** attempts that count against the limit, by partition */
  readonly #failures = new Map<number, number>()
  /** which task may commit a partition's output */
  readonly committers = new Map<number, number>()
  readonly jobs = new Set<number>()
  /** a shuffle it reads is being computed again */
  suspended = false
  /** fetches that failed since the last success */
  fetchFailures = 0
  /** the pool whose share of the slots it takes (spark.scheduler.pool) */
  readonly pool: string | undefined
  /** cores of an executor that each task takes */
  readonly cpus: number
  total: number
  done = 0
  failed = 0
  readonly times = new TaskTimes()
  /** partitions whose only attempt is slow: they wait for a slot for a second one */
  readonly speculatable = new Set<number>()
  /** second attempts that were started beside slow ones */
  speculated = 0
  /** mean ms of a task, for handing out several at once */
  meanTime = Number.POSITIVE_INFINITY
  shuffleReadBytes = 0
  shuffleWriteBytes = 0
  spilledBytes = 0
  readonly reads = new SkewWatch()
  /** no executor has as many cores as a task takes since then, and whether that was told */
  tooWideSince: number | undefined
  toldTooWide = false
  /** of a barrier stage only */
  readonly barrier: BarrierRun | undefined

  constructor(
    readonly stageId: number,
    readonly plan: StagePlan,
    readonly startedAt: number,
    /** the first job that wanted it: older ones go first */
    readonly priority: number,
    { partitions, localityWait, pool, cpus }: { partitions: readonly number[]; localityWait: number; pool?: string; cpus: number },
  ) {
    this.cpus = cpus
    this.total = partitions.length
    this.barrier = plan.barrier ? new BarrierRun(partitions) : undefined
    this.pending = new PendingTasks(localityWait)
    this.pool = pool
  }

  get programKey(): string {
    return `${this.stageId}/${this.attempt}`
  }

  get finished(): boolean {
    return this.pending.size === 0 && this.running.size === 0
  }

  /**
   * One more attempt at a partition that counts against the limit; gives how many there are. Those of a barrier stage are
   * counted together, since its tasks run again together.
   */
  countFailure(partition: number): number {
    const counted = this.barrier ? -1 : partition
    const failures = (this.#failures.get(counted) ?? 0) + 1
    this.#failures.set(counted, failures)
    return failures
  }

  /** The attempts at a partition that run now: more than one only where a second was started beside a slow one. */
  attemptsAt(partition: number): RunningTask[] {
    return [...this.running.values()].filter((task) => task.partition === partition)
  }

  /** Whether a partition still runs although one of its attempts has ended. */
  hasCopy(partition: number): boolean {
    return this.speculated > 0 && this.attemptsAt(partition).length > 0
  }

  /** Adds up what an attempt's work amounted to. */
  add({ runTime = 0, shuffleReadBytes = 0, shuffleWriteBytes = 0, spilledBytes = 0 }: TaskMetrics): void {
    this.shuffleReadBytes += shuffleReadBytes
    this.shuffleWriteBytes += shuffleWriteBytes
    this.spilledBytes += spilledBytes
    this.meanTime = Number.isFinite(this.meanTime) ? this.meanTime * 0.8 + runTime * 0.2 : runTime
  }
}
