import type { StagePlan } from '../plan/jobPlan.js'
import { JobRun, type JobSpec } from './jobRun.js'
import type { JobFailure } from './schedulerPort.js'
import type { SchedulerState } from './schedulerState.js'
import { StageRun } from './stageRun.js'
import type { TaskScheduler } from './taskScheduler.js'

/** Advances jobs to stages in the order of their shuffles, and ends both (Spark's DAGScheduler). */
export class DagScheduler {
  readonly #state: SchedulerState
  readonly #tasks: TaskScheduler
  #stageId = 0

  constructor(state: SchedulerState, tasks: TaskScheduler) {
    this.#state = state
    this.#tasks = tasks
  }

  submit(spec: JobSpec): void {
    const job = new JobRun(spec)
    this.#state.jobs.set(spec.jobId, job)
    for (const [shuffleId, plan] of spec.plan.maps) this.#state.outputs.add(shuffleId, plan.numPartitions)
    this.#advance(job)
  }

  advanceAll(): void {
    for (const job of [...this.#state.jobs.values()]) this.#advance(job)
  }

  /** A partition of a stage has to run (again). */
  requeue(stage: StageRun, partition: number): void {
    if (stage.jobs.size === 0 || stage.hasCopy(partition)) return
    if (stage.barrier) return this.#restart(stage)
    stage.pending.add(partition, this.#state.preferred(stage.plan, partition), this.#state.now())
  }

  /** One failed task of a barrier stage is all of them: they end, and all run again as a new attempt. */
  #restart(stage: StageRun): void {
    this.restart(stage, stage.barrier!.partitions, 'another task of its barrier stage has failed')
  }

  /** All tasks of a stage end, and all of these partitions run as a new attempt: nothing of the last one counts. */
  restart(stage: StageRun, partitions: readonly number[], reason: string): void {
    const { port, outputs } = this.#state
    this.#tasks.stop(stage, reason)
    stage.attempt++
    stage.done = 0
    stage.total = partitions.length
    stage.committers.clear()
    stage.speculatable.clear()
    if (stage.barrier) port.discarded(stage.barrier.reset())
    if (stage.plan.shuffleId !== undefined) outputs.forget(stage.plan.shuffleId)
    for (const partition of partitions) {
      stage.pending.add(partition, stage.barrier ? undefined : this.#state.preferred(stage.plan, partition), this.#state.now())
    }
  }

  /** No task of a map stage waits or runs: it has ended, unless outputs were lost while it ran. */
  finishMaps(stage: StageRun): void {
    const missing = this.#state.outputs.missing(stage.plan.shuffleId!)
    if (missing.length > 0) {
      for (const partition of missing) this.requeue(stage, partition)
      return
    }
    this.#endStage(stage, true)
    this.advanceAll()
  }

  /** A stage whose inputs were lost hands out nothing until they are there again, and then with their new places. */
  suspend(stage: StageRun): void {
    if (stage.suspended) return
    stage.suspended = true
    if (stage.barrier && stage.pending.size === 0) this.#restart(stage)
    else stage.attempt++
  }

  /** Ends all jobs that wait for a stage. */
  abort(stage: StageRun, failure: JobFailure): void {
    for (const jobId of [...stage.jobs]) {
      const job = this.#state.jobs.get(jobId)
      if (job) this.endJob(job, failure)
    }
  }

  endJob(job: JobRun, failure: JobFailure | undefined): void {
    const { jobId } = job.spec
    const { jobs, stages, port } = this.#state
    jobs.delete(jobId)
    for (const stage of [...stages.values()]) {
      if (!stage.jobs.delete(jobId) || stage.jobs.size > 0) continue
      this.#tasks.stop(stage, failure?.kind === 'cancelled' ? failure.reason : 'the job has ended')
      this.#endStage(stage, failure === undefined)
    }
    port.jobEnded(jobId, failure, [...job.stageIds])
  }

  /** Starts what a job can start: map stages whose inputs are there, at last the result stage. */
  #advance(job: JobRun): void {
    try {
      this.#startStages(job)
    } catch (error) {
      // told to its own job: whoever's message led here has nothing to do with it
      this.endJob(job, { kind: 'program', message: (error as Error).message })
    }
  }

  #startStages(job: JobRun): void {
    const { plan, jobId } = job.spec
    const open = [...job.open.keys()]
    const existing = job.resultStageId === undefined ? undefined : this.#state.stages.get(job.resultStageId)
    if (!this.#ready(job, plan.result, open, new Set())) {
      if (existing) this.suspend(existing)
      return
    }
    if (existing) {
      existing.suspended = false
      return
    }
    const stage = this.#startStage(plan.result, open, jobId)
    job.resultStageId = stage.stageId
    job.stageIds.add(stage.stageId)
  }

  /** Whether all shuffles that partitions of a stage need are there; starts the stages of those that are not. */
  #ready(job: JobRun, plan: StagePlan, partitions: readonly number[], visited: Set<number>): boolean {
    let ready = true
    const isCached = job.ignoresCache ? () => false : this.#state.cache.isCached
    for (const shuffleId of plan.requiredShuffles(partitions, isCached)) {
      if (this.#state.outputs.isComplete(shuffleId)) continue
      ready = false
      if (visited.has(shuffleId)) continue
      visited.add(shuffleId)
      this.#startMaps(job, shuffleId, visited)
    }
    return ready
  }

  #startMaps(job: JobRun, shuffleId: number, visited: Set<number>): void {
    const { mapStages, outputs } = this.#state
    const running = mapStages.get(shuffleId)
    const plan = running?.plan ?? job.spec.plan.maps.get(shuffleId)
    if (!plan) throw new Error(`the plan of job ${job.spec.jobId} has no stage for shuffle ${shuffleId}`)
    // of a barrier stage all tasks run or none
    if (!running && plan.barrier && !outputs.isComplete(shuffleId)) outputs.forget(shuffleId)
    const missing = outputs.missing(shuffleId)
    const inputsReady = this.#ready(job, plan, missing, visited)
    if (running) {
      running.jobs.add(job.spec.jobId)
      job.stageIds.add(running.stageId)
      if (inputsReady) running.suspended = false
      else this.suspend(running)
      // lost outputs of a stage that still runs are computed by it
      const busy = new Set([...running.running.values()].map((task) => task.partition))
      const lost = missing.filter((partition) => !busy.has(partition))
      if (running.barrier) {
        if (running.pending.size === 0 && lost.length > 0) this.#restart(running)
      } else for (const partition of lost) running.pending.add(partition, undefined, this.#state.now())
      return
    }
    if (!inputsReady) return
    const stage = this.#startStage(plan, missing, job.spec.jobId)
    mapStages.set(shuffleId, stage)
    job.stageIds.add(stage.stageId)
    if (missing.length === 0) this.finishMaps(stage)
  }

  #startStage(plan: StagePlan, partitions: readonly number[], jobId: number): StageRun {
    const now = this.#state.now()
    const pool = this.#state.jobs.get(jobId)?.spec.properties['spark.scheduler.pool']
    const { localityWait, taskCpus } = this.#state.options
    // made here, where one that cannot be made harms nothing: amid the handing out of tasks their slots would be lost
    void plan.program
    const stage = new StageRun(this.#stageId++, plan, now, jobId, { partitions, localityWait, pool, cpus: plan.cpus ?? taskCpus })
    stage.jobs.add(jobId)
    for (const partition of partitions) stage.pending.add(partition, this.#state.preferred(plan, partition), now)
    this.#state.stages.set(stage.stageId, stage)
    this.#state.port.stageStarted(stage)
    return stage
  }

  #endStage(stage: StageRun, ok: boolean): void {
    const { executors, mapStages, port, stages } = this.#state
    stages.delete(stage.stageId)
    if (stage.plan.shuffleId !== undefined && mapStages.get(stage.plan.shuffleId) === stage) mapStages.delete(stage.plan.shuffleId)
    for (const executor of executors.values()) {
      let had = false
      for (let attempt = 0; attempt <= stage.attempt; attempt++) had = executor.programs.delete(`${stage.stageId}/${attempt}`) || had
      if (had) port.dropStage(executor.executorId, stage.stageId)
    }
    if (stage.barrier) port.discarded(stage.barrier.reset())
    this.#state.exclusion?.stageEnded(stage.stageId, ok, this.#state.now())
    port.stageEnded(stage, ok)
  }
}
