import type { StagePlan } from '../plan/jobPlan.js'
import { type ExecutorTaskEnd, NO_ATTEMPT, type TaskLaunch, type TaskMetrics } from '../protocol/executorMessages.js'
import { assignTasks } from './assignTasks.js'
import { CacheTracker } from './cacheTracker.js'
import type { ExecutorSlots } from './executorSlots.js'
import { JobRun, type JobSpec } from './jobRun.js'
import { MapOutputTracker } from './mapOutputTracker.js'
import type { JobFailure, SchedulerPort } from './schedulerPort.js'
import type { Skew } from './skewWatch.js'
import { type RunningTask, StageRun } from './stageRun.js'

/** Fetches that may fail in a row before a stage is given up (spark.stage.maxConsecutiveAttempts). */
const MOST_FETCH_FAILURES = 4
/** Executors that may die under one partition. */
const MOST_LOSSES = 4

export interface SchedulerOptions {
  readonly maxAttempts: number
  readonly now: () => number
}

/** Turns jobs into tasks on executors: stages in the order of their shuffles, retries, lost executors (Spark's DAG and task schedulers). */
export class Scheduler {
  readonly outputs = new MapOutputTracker()
  readonly cache = new CacheTracker()
  readonly #port: SchedulerPort
  readonly #options: SchedulerOptions
  readonly #executors = new Map<string, ExecutorSlots>()
  readonly #jobs = new Map<number, JobRun>()
  readonly #stages = new Map<number, StageRun>()
  readonly #mapStages = new Map<number, StageRun>()
  readonly #tasks = new Map<number, { stage: StageRun; task: RunningTask }>()
  #taskId = 0
  #stageId = 0
  /** nothing is handed out yet */
  #held = false

  constructor(port: SchedulerPort, options: SchedulerOptions) {
    this.#port = port
    this.#options = options
  }

  get executors(): readonly ExecutorSlots[] {
    return [...this.#executors.values()]
  }

  get activeStages(): readonly StageRun[] {
    return [...this.#stages.values()]
  }

  get activeJobs(): readonly number[] {
    return [...this.#jobs.keys()]
  }

  job(jobId: number): JobRun | undefined {
    return this.#jobs.get(jobId)
  }

  hold(held: boolean): void {
    this.#held = held
    if (!held) this.schedule()
  }

  executorAdded(executor: Pick<ExecutorSlots, 'executorId' | 'workerId' | 'host' | 'cores' | 'memory'>): void {
    this.#executors.set(executor.executorId, { ...executor, running: new Set(), programs: new Set() })
    this.schedule()
  }

  /** The tasks of a lost executor run elsewhere; the loss counts against them unless it came from outside of the application. */
  executorLost(executorId: string, reason: string, causedByApp: boolean): void {
    const executor = this.#executors.get(executorId)
    if (!executor) return
    this.#executors.delete(executorId)
    this.cache.executorLost(executorId)
    for (const taskId of executor.running) {
      const entry = this.#tasks.get(taskId)
      if (!entry) continue
      this.#forget(taskId)
      const { stage, task } = entry
      this.#giveUpCommit(stage, task)
      const losses = (stage.losses.get(task.partition) ?? 0) + (causedByApp ? 1 : 0)
      stage.losses.set(task.partition, losses)
      stage.failed++
      const last = causedByApp && losses >= MOST_LOSSES
      this.#port.taskFailed(stage, task, reason, !last)
      if (last) {
        const { stageId, plan } = stage
        this.#abort(stage, { kind: 'executors', message: reason, stageId, stageName: plan.name, partition: task.partition, attempts: losses, executorId })
      } else this.#requeue(stage, task.partition)
    }
    this.schedule()
  }

  /** A worker is about to stop: its executors get no more tasks and are let go when they are idle. */
  drain(workerId: string): void {
    for (const executor of this.#executors.values()) {
      if (executor.workerId !== workerId) continue
      executor.draining = true
      this.#releaseIdle(executor)
    }
  }

  #releaseIdle(executor: ExecutorSlots | undefined): void {
    if (executor?.draining && executor.running.size === 0) this.#port.release(executor.executorId)
  }

  /** A worker is gone with the shuffle files it served. */
  workerLost(workerId: string): void {
    this.outputs.workerLost(workerId)
    this.#advanceAll()
    this.schedule()
  }

  submit(spec: JobSpec): void {
    const job = new JobRun(spec)
    this.#jobs.set(spec.jobId, job)
    for (const [shuffleId, plan] of spec.plan.maps) this.outputs.add(shuffleId, plan.numPartitions)
    this.#advance(job)
    this.schedule()
  }

  cancel(jobId: number, reason: string): void {
    const job = this.#jobs.get(jobId)
    if (job) this.#endJob(job, { kind: 'cancelled', reason })
    this.schedule()
  }

  /** Whether an attempt may commit its partition's output: the first that asks. */
  mayCommit(taskId: number): boolean {
    const entry = this.#tasks.get(taskId)
    if (!entry) return false
    const { stage, task } = entry
    const committer = stage.committers.get(task.partition)
    if (committer === undefined) stage.committers.set(task.partition, taskId)
    return committer === undefined || committer === taskId
  }

  /** A task that ended badly may have been about to commit: the next attempt has to be able to. */
  #giveUpCommit(stage: StageRun, { taskId, partition }: RunningTask): void {
    if (stage.committers.get(partition) === taskId) stage.committers.delete(partition)
  }

  /** Whether the success of a task will count, and for what; asked before `taskEnded`. */
  accepts(taskId: number, end: ExecutorTaskEnd): 'result' | 'map' | undefined {
    const entry = this.#tasks.get(taskId)
    return entry && end.kind === 'Success' ? (entry.stage.plan.kind === 'result' ? 'result' : 'map') : undefined
  }

  taskEnded(taskId: number, executorId: string, end: ExecutorTaskEnd, metrics: TaskMetrics, hotKeys: Skew['keys'] = []): void {
    const entry = this.#tasks.get(taskId)
    // nobody waits for it any more: only its slot is free again
    if (!entry) {
      this.#executors.get(executorId)?.running.delete(taskId)
      this.#releaseIdle(this.#executors.get(executorId))
      return
    }
    const { stage, task } = entry
    this.#forget(taskId)
    stage.observe(metrics.runTime ?? 0)
    stage.shuffleReadBytes += metrics.shuffleReadBytes ?? 0
    stage.shuffleWriteBytes += metrics.shuffleWriteBytes ?? 0
    stage.spilledBytes += metrics.spilledBytes ?? 0
    if (end.kind === 'Success') {
      if (stage.plan.shuffles.length > 0) stage.reads.observe(task.partition, metrics.shuffleReadRecords ?? 0, hotKeys)
      this.#succeeded(stage, task, end)
      return
    }
    this.#giveUpCommit(stage, task)
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
        this.#requeue(stage, task.partition)
        break
    }
  }

  /** Hands out tasks: to the executor with the fewest running ones first, and to none a second one while another has a free slot. */
  schedule(): void {
    if (this.#held) return
    const stages = this.activeStages
      .filter((stage) => stage.pending.size > 0 && !stage.suspended)
      .sort((a, b) => a.priority - b.priority || a.stageId - b.stageId)
    if (stages.length === 0) return
    const launches = new Map<ExecutorSlots, TaskLaunch[]>()
    const now = this.#options.now()
    for (const stage of stages) {
      assignTasks(stage, this.#executors, now, (partition, executor) => this.#launch(stage, partition, executor, launches))
    }
    for (const [executor, tasks] of launches) this.#port.launch(executor.executorId, tasks)
  }

  #launch(stage: StageRun, partition: number, executor: ExecutorSlots, launches: Map<ExecutorSlots, TaskLaunch[]>): void {
    const { executorId } = executor
    if (!executor.programs.has(stage.programKey)) {
      executor.programs.add(stage.programKey)
      const job = this.#jobs.get([...stage.jobs][0]!)
      this.#port.stage(executorId, {
        stageId: stage.stageId,
        stageAttempt: stage.attempt,
        plan: stage.plan,
        properties: job?.spec.properties ?? {},
        shuffles: stage.plan.shuffles.map((shuffleId) => ({ shuffleId, numMaps: this.outputs.numMaps(shuffleId), outputs: this.outputs.locations(shuffleId) })),
      })
    }
    const attempt = stage.attempts.get(partition) ?? 0
    stage.attempts.set(partition, attempt + 1)
    const taskId = this.#taskId++
    const task: RunningTask = { taskId, partition, attempt, executorId, stageAttempt: stage.attempt }
    stage.running.set(taskId, task)
    executor.running.add(taskId)
    this.#tasks.set(taskId, { stage, task })
    const launch = {
      taskId,
      stageId: stage.stageId,
      stageAttempt: stage.attempt,
      partition,
      attempt,
      input: stage.plan.input(partition) as Uint8Array<ArrayBuffer>,
    }
    const batch = launches.get(executor)
    if (batch) batch.push(launch)
    else launches.set(executor, [launch])
  }

  #forget(taskId: number): void {
    const entry = this.#tasks.get(taskId)
    if (!entry) return
    this.#tasks.delete(taskId)
    entry.stage.running.delete(taskId)
    const executor = this.#executors.get(entry.task.executorId)
    executor?.running.delete(taskId)
    this.#releaseIdle(executor)
  }

  #succeeded(stage: StageRun, task: RunningTask, end: Extract<ExecutorTaskEnd, { kind: 'Success' }>): void {
    stage.done++
    stage.fetchFailures = 0
    if (stage.plan.kind === 'shuffleMap') {
      const workerId = this.#workerOf(task.executorId)
      // the worker may have been lost while the message was on its way
      if (workerId === undefined) this.#requeue(stage, task.partition)
      else this.outputs.register(stage.plan.shuffleId!, { mapIndex: task.partition, attemptId: task.taskId, workerId })
      if (stage.finished) this.#finishMaps(stage)
      return
    }
    for (const jobId of stage.jobs) {
      const job = this.#jobs.get(jobId)
      const positions = job?.open.get(task.partition)
      if (!job || !positions) continue
      job.open.delete(task.partition)
      for (const position of positions) this.#port.result(jobId, position, end, task.executorId)
      if (job.open.size === 0) this.#endJob(job, undefined)
    }
  }

  #workers = new Map<string, string>()
  #workerOf(executorId: string): string | undefined {
    const known = this.#executors.get(executorId)?.workerId
    if (known !== undefined) this.#workers.set(executorId, known)
    return known ?? this.#workers.get(executorId)
  }

  #finishMaps(stage: StageRun): void {
    const { shuffleId } = stage.plan
    const missing = this.outputs.missing(shuffleId!)
    if (missing.length > 0) {
      // outputs were lost while it ran
      for (const partition of missing) this.#requeue(stage, partition)
      return
    }
    this.#endStage(stage, true)
    this.#advanceAll()
  }

  #taskFailed(stage: StageRun, task: RunningTask, end: Extract<ExecutorTaskEnd, { kind: 'UserError' | 'EngineError' }>): void {
    stage.failed++
    const failures = (stage.failures.get(task.partition) ?? 0) + 1
    stage.failures.set(task.partition, failures)
    const machine = end.kind === 'EngineError'
    const willRetry = failures < this.#options.maxAttempts && !(machine && !end.retry)
    const { error } = end
    this.#port.taskFailed(stage, task, `${error.name === 'Error' || error.name === 'TsparkError' ? '' : `${error.name}: `}${error.message}`, willRetry)
    if (willRetry) return this.#requeue(stage, task.partition)
    const { stageId, plan } = stage
    this.#abort(stage, {
      kind: 'task',
      error,
      machine,
      stageId,
      stageName: plan.name,
      partition: task.partition,
      attempts: failures,
      executorId: task.executorId,
    })
  }

  #fetchFailed(stage: StageRun, task: RunningTask, end: Extract<ExecutorTaskEnd, { kind: 'FetchFailed' }>): void {
    stage.failed++
    this.outputs.lost(end.shuffleId, end.mapIndex, end.attemptId)
    if (end.attemptId === NO_ATTEMPT) for (const job of this.#jobs.values()) if (stage.jobs.has(job.spec.jobId)) job.ignoresCache = true
    const sameAttempt = task.stageAttempt === stage.attempt && !stage.suspended
    if (sameAttempt) stage.fetchFailures++
    const last = stage.fetchFailures >= MOST_FETCH_FAILURES
    this.#port.taskFailed(stage, task, end.message, !last)
    if (last) {
      this.#abort(stage, { kind: 'fetch', message: end.message, stageId: stage.stageId, stageName: stage.plan.name, attempts: stage.fetchFailures })
      // other jobs may read the same shuffle
      this.#advanceAll()
      return
    }
    // its parents first; then it goes on as a new attempt that knows the new outputs
    if (sameAttempt) this.#suspend(stage)
    stage.pending.add(task.partition, undefined, this.#options.now())
    this.#advanceAll()
  }

  #requeue(stage: StageRun, partition: number): void {
    if (stage.jobs.size === 0) return
    stage.pending.add(partition, this.#preferred(stage.plan, partition), this.#options.now())
  }

  #preferred(plan: StagePlan, partition: number): ReadonlySet<string> | undefined {
    for (const block of plan.preferences(partition).cached) {
      const holders = this.cache.holders(block)
      if (holders && holders.size > 0) return holders
    }
    return undefined
  }

  #advanceAll(): void {
    for (const job of [...this.#jobs.values()]) this.#advance(job)
  }

  /** Starts what a job can start: map stages whose inputs are there, at last the result stage. */
  #advance(job: JobRun): void {
    const { plan, jobId } = job.spec
    const open = [...job.open.keys()]
    const existing = job.resultStageId === undefined ? undefined : this.#stages.get(job.resultStageId)
    if (!this.#ready(job, plan.result, open, new Set())) {
      if (existing) this.#suspend(existing)
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
    const isCached = job.ignoresCache ? () => false : this.cache.isCached
    for (const shuffleId of plan.requiredShuffles(partitions, isCached)) {
      if (this.outputs.isComplete(shuffleId)) continue
      ready = false
      if (visited.has(shuffleId)) continue
      visited.add(shuffleId)
      this.#startMaps(job, shuffleId, visited)
    }
    return ready
  }

  #startMaps(job: JobRun, shuffleId: number, visited: Set<number>): void {
    const running = this.#mapStages.get(shuffleId)
    const plan = running?.plan ?? job.spec.plan.maps.get(shuffleId)
    if (!plan) throw new Error(`the plan of job ${job.spec.jobId} has no stage for shuffle ${shuffleId}`)
    const missing = this.outputs.missing(shuffleId)
    const inputsReady = this.#ready(job, plan, missing, visited)
    if (running) {
      running.jobs.add(job.spec.jobId)
      job.stageIds.add(running.stageId)
      if (inputsReady) running.suspended = false
      else this.#suspend(running)
      // lost outputs of a stage that still runs are computed by it
      const busy = new Set([...running.running.values()].map((task) => task.partition))
      for (const partition of missing) if (!busy.has(partition)) running.pending.add(partition, undefined, this.#options.now())
      return
    }
    if (!inputsReady) return
    const stage = this.#startStage(plan, missing, job.spec.jobId)
    this.#mapStages.set(shuffleId, stage)
    job.stageIds.add(stage.stageId)
    if (missing.length === 0) this.#finishMaps(stage)
  }

  /** A stage whose inputs were lost hands out nothing until they are there again, and then with their new places. */
  #suspend(stage: StageRun): void {
    if (stage.suspended) return
    stage.suspended = true
    stage.attempt++
  }

  #startStage(plan: StagePlan, partitions: readonly number[], jobId: number): StageRun {
    const now = this.#options.now()
    const stage = new StageRun(this.#stageId++, plan, now, jobId)
    stage.jobs.add(jobId)
    stage.total = partitions.length
    for (const partition of partitions) stage.pending.add(partition, this.#preferred(plan, partition), now)
    this.#stages.set(stage.stageId, stage)
    this.#port.stageStarted(stage)
    return stage
  }

  #endStage(stage: StageRun, ok: boolean): void {
    this.#stages.delete(stage.stageId)
    if (stage.plan.shuffleId !== undefined && this.#mapStages.get(stage.plan.shuffleId) === stage) this.#mapStages.delete(stage.plan.shuffleId)
    for (const executor of this.#executors.values()) {
      let had = false
      for (let attempt = 0; attempt <= stage.attempt; attempt++) had = executor.programs.delete(`${stage.stageId}/${attempt}`) || had
      if (had) this.#port.dropStage(executor.executorId, stage.stageId)
    }
    this.#port.stageEnded(stage, ok)
  }

  #abort(stage: StageRun, failure: JobFailure): void {
    for (const jobId of [...stage.jobs]) {
      const job = this.#jobs.get(jobId)
      if (job) this.#endJob(job, failure)
    }
  }

  #endJob(job: JobRun, failure: JobFailure | undefined): void {
    const { jobId } = job.spec
    this.#jobs.delete(jobId)
    for (const stage of this.activeStages) {
      if (!stage.jobs.delete(jobId) || stage.jobs.size > 0) continue
      this.#stop(stage, failure?.kind === 'cancelled' ? failure.reason : 'the job has ended')
      this.#endStage(stage, failure === undefined)
    }
    this.#port.jobEnded(jobId, failure, [...job.stageIds])
  }

  #stop(stage: StageRun, reason: string): void {
    stage.pending.clear()
    const byExecutor = new Map<string, number[]>()
    for (const { taskId, executorId } of stage.running.values()) {
      const ids = byExecutor.get(executorId)
      if (ids) ids.push(taskId)
      else byExecutor.set(executorId, [taskId])
    }
    for (const [executorId, taskIds] of byExecutor) this.#port.kill(executorId, taskIds, reason)
    // a killed task frees its slot when the executor has told its end
    for (const taskId of stage.running.keys()) this.#tasks.delete(taskId)
    stage.running.clear()
  }
}
