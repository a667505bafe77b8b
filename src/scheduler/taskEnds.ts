import { type ExecutorTaskEnd, NO_ATTEMPT, type TaskMetrics } from '../protocol/executorMessages.js'
import type { BarrierStages } from './barrierStages.js'
import type { DagScheduler } from './dagScheduler.js'
import type { OutputCommitCoordinator } from './outputCommitCoordinator.js'
import type { Rollback } from './rollback.js'
import type { SchedulerState } from './schedulerState.js'
import type { Skew } from './skewWatch.js'
import type { RunningTask, StageRun } from './stageRun.js'
import type { TaskScheduler } from './taskScheduler.js'

/** Attempts a task has at least if they end with their executor, where an error would be the end at once (`local[N]`). */
const MOST_LOSSES = 4

/** What follows from the end of an attempt: a result, another attempt, a lost shuffle output, or the end of the job. */
export class TaskEnds {
  readonly #state: SchedulerState
  readonly #dag: DagScheduler
  readonly #tasks: TaskScheduler
  readonly #commits: OutputCommitCoordinator
  readonly #barriers: BarrierStages
  readonly #rollback: Rollback

  constructor(state: SchedulerState, dag: DagScheduler, tasks: TaskScheduler, commits: OutputCommitCoordinator, barriers: BarrierStages, rollback: Rollback) {
    this.#rollback = rollback
    this.#state = state
    this.#dag = dag
    this.#tasks = tasks
    this.#commits = commits
    this.#barriers = barriers
  }

  ended(taskId: number, executorId: string, end: ExecutorTaskEnd, metrics: TaskMetrics, hotKeys: Skew['keys']): void {
    const entry = this.#state.tasks.get(taskId)
    // nobody waits for it any more: only its slot is free again
    if (!entry) {
      this.#state.stale.delete(taskId)
      return this.#tasks.free(executorId, taskId)
    }
    const { stage, task } = entry
    this.#tasks.forget(taskId)
    stage.add(metrics)
    if (end.kind === 'Success') {
      if (stage.plan.shuffles.length > 0) stage.reads.observe(task.partition, metrics.shuffleReadRecords ?? 0, hotKeys)
      stage.times.add(this.#state.now() - task.startedAt, (metrics.inputRecords ?? 0) + (metrics.shuffleReadRecords ?? 0))
      this.#succeeded(stage, task, end)
      return
    }
    this.#commits.giveUp(stage, task)
    switch (end.kind) {
      case 'FetchFailed':
        this.#fetchFailed(stage, task, end)
        break
      case 'UserError':
      case 'EngineError':
        this.#taskFailed(stage, task, end)
        break
      case 'Killed':
      case 'CommitDenied':
        this.#dag.requeue(stage, task.partition)
        break
    }
  }

  /** The executor under an attempt is gone: it runs elsewhere; the loss counts unless it came from outside of the application. */
  lost(taskId: number, reason: string, causedByApp: boolean): void {
    const entry = this.#state.tasks.get(taskId)
    if (!entry) return
    this.#tasks.forget(taskId)
    const { stage, task } = entry
    this.#commits.giveUp(stage, task)
    const failures = causedByApp ? this.#countFailure(stage, task) : 0
    stage.failed++
    const last = failures >= Math.max(MOST_LOSSES, this.#state.options.maxAttempts)
    this.#state.port.taskFailed(stage, task, reason, !last)
    if (!last) return this.#dag.requeue(stage, task.partition)
    const { stageId, plan } = stage
    const { partition, executorId } = task
    this.#dag.abort(stage, { kind: 'executors', message: reason, stageId, stageName: plan.name, partition, attempts: failures, executorId })
  }

  #countFailure(stage: StageRun, task: RunningTask): number {
    this.#state.exclusion?.taskFailed(stage.stageId, task.partition, task)
    return stage.countFailure(task.partition)
  }

  #succeeded(stage: StageRun, task: RunningTask, end: Extract<ExecutorTaskEnd, { kind: 'Success' }>): void {
    if (stage.barrier) {
      const { broken } = stage.barrier.coordinator
      if (broken !== undefined) return this.#brokenBarrier(stage, task, broken)
      this.#barriers.ended(stage.barrier, task.partition)
    } else stage.fetchFailures = 0
    stage.done++
    const { outputs } = this.#state
    if (stage.plan.kind === 'shuffleMap') {
      const workerId = this.#state.workerOf(task.executorId)
      // the worker may have been lost while the message was on its way
      if (workerId === undefined) this.#dag.requeue(stage, task.partition)
      else {
        this.#stopOthers(stage, task)
        const location = { mapIndex: task.partition, attemptId: task.taskId, workerId }
        if (outputs.register(stage.plan.shuffleId!, location, end.mapOutput)) this.#rollback.changed(stage.plan.shuffleId!)
      }
      // the rollback may have ended all its jobs
      if (stage.jobs.size > 0 && stage.finished) this.#dag.finishMaps(stage)
      return
    }
    this.#stopOthers(stage, task)
    const results = stage.barrier ? this.#barriers.hold(stage.barrier, task, end) : [{ task, end }]
    for (const result of results) this.#deliver(stage, result.task, result.end)
  }

  #deliver(stage: StageRun, task: RunningTask, end: Extract<ExecutorTaskEnd, { kind: 'Success' }>): void {
    const { jobs, port } = this.#state
    for (const jobId of stage.jobs) {
      const job = jobs.get(jobId)
      const positions = job?.open.get(task.partition)
      if (!job || !positions) continue
      job.open.delete(task.partition)
      for (const position of positions) port.result(jobId, position, end)
      if (job.open.size === 0) this.#dag.endJob(job, undefined)
    }
  }

  /** A task that ended well although the tasks of its stage no longer wait for each other: it has caught the error. */
  #brokenBarrier(stage: StageRun, task: RunningTask, message: string): void {
    this.#state.port.discarded([task.taskId])
    this.#taskFailed(stage, task, { kind: 'UserError', error: { name: 'TsparkError', message, code: 'TSPARK_BARRIER' } })
  }

  /** The first attempt that finishes is the one that counts. */
  #stopOthers(stage: StageRun, { partition }: RunningTask): void {
    if (stage.speculated > 0) this.#tasks.kill(stage, stage.attemptsAt(partition), 'another attempt has finished first')
  }

  #taskFailed(stage: StageRun, task: RunningTask, end: Extract<ExecutorTaskEnd, { kind: 'UserError' | 'EngineError' }>): void {
    stage.failed++
    const failures = this.#countFailure(stage, task)
    const machine = end.kind === 'EngineError'
    const willRetry = failures < this.#state.options.maxAttempts && !(machine && !end.retry)
    const { error } = end
    const kind = error.name === 'Error' || error.name === 'TsparkError' ? '' : `${error.name}: `
    this.#state.port.taskFailed(stage, task, `${kind}${error.message}`, willRetry)
    if (willRetry) return this.#dag.requeue(stage, task.partition)
    const { stageId, plan } = stage
    const { partition, executorId } = task
    this.#dag.abort(stage, { kind: 'task', error, machine, stageId, stageName: plan.name, partition, attempts: failures, executorId })
  }

  #fetchFailed(stage: StageRun, task: RunningTask, end: Extract<ExecutorTaskEnd, { kind: 'FetchFailed' }>): void {
    stage.failed++
    const { decommissioned, jobs, outputs, port } = this.#state
    outputs.lost(end.shuffleId, end.mapIndex, end.attemptId, end.workerId)
    if (end.attemptId === NO_ATTEMPT) for (const job of jobs.values()) if (stage.jobs.has(job.spec.jobId)) job.ignoresCache = true
    const sameAttempt = task.stageAttempt === stage.attempt && !stage.suspended
    // a worker that was stopped says nothing about the stage (spark.stage.ignoreDecommissionFetchFailure)
    if (sameAttempt && !decommissioned.has(end.workerId)) stage.fetchFailures++
    const { maxConsecutiveAttempts } = this.#state.options
    // readers meet one damaged output at a time: before the last try none of them is trusted
    if (sameAttempt && stage.fetchFailures === maxConsecutiveAttempts - 1) outputs.forget(end.shuffleId)
    const last = stage.fetchFailures >= maxConsecutiveAttempts
    port.taskFailed(stage, task, end.message, !last)
    if (last) {
      this.#dag.abort(stage, { kind: 'fetch', message: end.message, stageId: stage.stageId, stageName: stage.plan.name, attempts: stage.fetchFailures })
      // other jobs may read the same shuffle
      this.#dag.advanceAll()
      return
    }
    // its parents first; then it goes on as a new attempt that knows the new outputs
    if (sameAttempt) this.#dag.suspend(stage)
    if (!stage.barrier && !stage.hasCopy(task.partition)) stage.pending.add(task.partition, undefined, this.#state.now())
    this.#dag.advanceAll()
  }
}
