import type { JobPlan, StagePlan } from '../plan/jobPlan.js'
import type { DagScheduler } from './dagScheduler.js'
import type { JobRun } from './jobRun.js'
import type { SchedulerState } from './schedulerState.js'
import type { StageRun } from './stageRun.js'

/**
 * Takes back what was computed from a map output that came out differently when it was computed again (Spark's rollback of
 * succeeding stages): map outputs, cached partitions, running tasks. Results that the driver has already cannot be taken
 * back, so their jobs fail.
 */
export class Rollback {
  readonly #state: SchedulerState
  readonly #dag: DagScheduler
  /** by shuffle: the shuffles whose map tasks read it */
  readonly #readers = new Map<number, Set<number>>()
  /** by shuffle: the persisted RDDs computed from it in the stages that read it */
  readonly #cached = new Map<number, Set<number>>()

  constructor(state: SchedulerState, dag: DagScheduler) {
    this.#state = state
    this.#dag = dag
  }

  /** Takes note of what the stages of a job read. */
  learn({ result, maps }: JobPlan): void {
    for (const [shuffleId, plan] of maps) {
      for (const parent of plan.shuffles) add(this.#readers, parent, shuffleId)
      this.#learnCached(plan)
    }
    this.#learnCached(result)
  }

  #learnCached(plan: StagePlan): void {
    for (const [shuffleId, rddIds] of plan.cachedFrom) for (const rddId of rddIds) add(this.#cached, shuffleId, rddId)
  }

  /** The output of a map task is not what it was when others read it. */
  changed(shuffleId: number): void {
    const { jobs, mapStages, outputs } = this.#state
    const affected = this.#affected(shuffleId)
    for (const each of affected) {
      for (const rddId of this.#cached.get(each) ?? []) this.#state.dropRdd(rddId)
      if (each === shuffleId) continue
      outputs.rollBack(each)
      const running = mapStages.get(each)
      if (running) this.#restart(running, partitionsOf(running.plan))
    }
    for (const job of [...jobs.values()]) if (job.spec.plan.result.shuffles.some((each) => affected.has(each))) this.#rollBackResults(job, shuffleId)
    this.#dag.advanceAll()
  }

  /** A shuffle and all that were computed from it, however far. */
  #affected(shuffleId: number): Set<number> {
    const affected = new Set([shuffleId])
    for (const each of affected) for (const reader of this.#readers.get(each) ?? []) affected.add(reader)
    return affected
  }

  #rollBackResults(job: JobRun, shuffleId: number): void {
    const partitions = [...new Set(job.spec.partitions)]
    const stage = job.resultStageId === undefined ? undefined : this.#state.stages.get(job.resultStageId)
    const delivered = partitions.length - job.open.size
    if (delivered === 0) {
      if (stage) this.#restart(stage, partitions)
      return
    }
    if (stage) this.#markStale(stage)
    const stageName = this.#state.mapStages.get(shuffleId)?.plan.name ?? `shuffle ${shuffleId}`
    this.#dag.endJob(job, { kind: 'indeterminate', stageName, delivered, partitions: partitions.length })
  }

  #restart(stage: StageRun, partitions: readonly number[]): void {
    this.#markStale(stage)
    this.#dag.restart(stage, partitions, 'its input came out differently when it was computed again')
  }

  #markStale(stage: StageRun): void {
    if (stage.plan.cachedFrom.size > 0) for (const taskId of stage.running.keys()) this.#state.stale.add(taskId)
  }
}

function partitionsOf(plan: StagePlan): number[] {
  return Array.from({ length: plan.numPartitions }, (_, partition) => partition)
}

function add(map: Map<number, Set<number>>, key: number, value: number): void {
  const values = map.get(key)
  if (values) values.add(value)
  else map.set(key, new Set([value]))
}
