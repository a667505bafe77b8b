import type { CachedBlock } from '../plan/jobPlan.js'
import type { StorageLevelSpec } from '../plan/taskHost.js'
import type { ExecutorTaskEnd, TaskMetrics } from '../protocol/executorMessages.js'
import type { BarrierRequest } from './barrierCoordinator.js'
import { BarrierStages } from './barrierStages.js'
import type { CacheTracker } from './cacheTracker.js'
import { DagScheduler } from './dagScheduler.js'
import type { ExecutorSlots } from './executorSlots.js'
import type { JobRun, JobSpec } from './jobRun.js'
import type { MapOutputTracker } from './mapOutputTracker.js'
import { OutputCommitCoordinator } from './outputCommitCoordinator.js'
import { Rollback } from './rollback.js'
import type { SchedulerPort } from './schedulerPort.js'
import { type SchedulerOptions, SchedulerState } from './schedulerState.js'
import type { Skew } from './skewWatch.js'
import type { StageRun } from './stageRun.js'
import { TaskEnds } from './taskEnds.js'
import { TaskScheduler } from './taskScheduler.js'
import { tellTooWide } from './tooWide.js'

/** Turns jobs into tasks on executors. Events come in here; each goes to the part that decides what follows. */
export class Scheduler {
  readonly #state: SchedulerState
  readonly #tasks: TaskScheduler
  readonly #dag: DagScheduler
  readonly #commits: OutputCommitCoordinator
  readonly #barriers: BarrierStages
  readonly #rollback: Rollback
  readonly #ends: TaskEnds

  constructor(port: SchedulerPort, options: SchedulerOptions) {
    this.#state = new SchedulerState(port, options)
    this.#tasks = new TaskScheduler(this.#state)
    this.#dag = new DagScheduler(this.#state, this.#tasks)
    this.#commits = new OutputCommitCoordinator(this.#state)
    this.#barriers = new BarrierStages(this.#state, this.#dag)
    this.#rollback = new Rollback(this.#state, this.#dag)
    this.#ends = new TaskEnds(this.#state, this.#dag, this.#tasks, this.#commits, this.#barriers, this.#rollback)
  }

  get outputs(): MapOutputTracker {
    return this.#state.outputs
  }

  get cache(): CacheTracker {
    return this.#state.cache
  }

  get executors(): readonly ExecutorSlots[] {
    return [...this.#state.executors.values()]
  }

  get activeStages(): readonly StageRun[] {
    return [...this.#state.stages.values()]
  }

  /** Whether an executor was given this attempt and has not told its end. */
  runs(executorId: string, taskId: number): boolean {
    return this.#state.executors.get(executorId)?.running.has(taskId) === true
  }

  job(jobId: number): JobRun | undefined {
    return this.#state.jobs.get(jobId)
  }

  /** An executor had to drop a partition. */
  uncached(block: CachedBlock, executorId: string): void {
    this.cache.remove(block, executorId)
    this.#state.replicas.evicted(block, executorId)
    this.#replicate()
  }

  /** A copy was made, or could not be; gives whether there is one copy more. */
  copied(block: CachedBlock, executorId: string, ok: boolean): boolean {
    const more = this.#state.replicas.copied(block, executorId, ok)
    this.#replicate()
    return more
  }

  dropRdd(rddId: number): void {
    this.#state.dropRdd(rddId)
    this.#replicate()
  }

  /** Copies of cached partitions are on their way. */
  get isReplicating(): boolean {
    return this.#state.replicas.busy
  }

  /** Has the copies made that are due; whoever waited for one to be made of what it holds may go. */
  #replicate(): void {
    for (const copy of this.#state.replicas.next()) this.#state.port.replicate(copy)
    this.#tasks.releaseIdle()
  }

  hold(held: boolean): void {
    this.#tasks.hold(held)
  }

  schedule(): void {
    this.#tasks.schedule()
    this.#barriers.check()
    tellTooWide(this.#state)
  }

  /** To be called every so often: second attempts for tasks that run too long. */
  speculate(): void {
    this.#tasks.speculate()
  }

  /** How many records running tasks have read so far. */
  progress(taskId: number, records: number): void {
    const entry = this.#state.tasks.get(taskId)
    if (entry) entry.task.records = records
  }

  submit(spec: JobSpec): void {
    this.#rollback.learn(spec.plan)
    this.#dag.submit(spec)
    this.schedule()
  }

  cancel(jobId: number, reason: string): void {
    const job = this.#state.jobs.get(jobId)
    if (job) this.#dag.endJob(job, { kind: 'cancelled', reason })
    this.schedule()
  }

  /** Stops an attempt; its partition is tried again. False if it does not run. */
  killTask(taskId: number, reason: string): boolean {
    const entry = this.#state.tasks.get(taskId)
    if (entry) this.#state.port.kill(entry.task.executorId, [taskId], reason)
    return entry !== undefined
  }

  /** Forgets shuffles, except those that are being written; gives the ones whose files can go. */
  dropShuffles(shuffleIds: readonly number[]): number[] {
    const dropped = shuffleIds.filter((shuffleId) => !this.#state.mapStages.has(shuffleId))
    for (const shuffleId of dropped) this.outputs.forget(shuffleId)
    return dropped
  }

  /** Hosts of the executors that hold the first of these blocks that any holds. */
  hostsOf(blocks: readonly CachedBlock[]): string[] {
    const holders = blocks.map((block) => this.cache.holders(block)).find((found) => found !== undefined && found.size > 0)
    return [...new Set([...(holders ?? [])].flatMap((executorId) => this.#state.executors.get(executorId)?.host ?? []))]
  }

  executorAdded(executor: Pick<ExecutorSlots, 'executorId' | 'workerId' | 'host' | 'hostId' | 'cores' | 'memory'>): void {
    this.#state.reduceLocality.workerSeen(executor.workerId, executor.hostId)
    this.#state.executors.set(executor.executorId, { ...executor, running: new Map(), used: 0, programs: new Set() })
    if (this.#state.decommissioned.has(executor.workerId)) this.#tasks.drain(executor.workerId)
    this.#state.replicas.executorsChanged()
    this.#replicate()
    this.schedule()
  }

  /** The tasks of a lost executor run elsewhere; the loss counts against them unless it came from outside of the application. */
  executorLost(executorId: string, reason: string, causedByApp: boolean): void {
    const executor = this.#state.executors.get(executorId)
    if (!executor) return
    this.#state.executors.delete(executorId)
    this.#state.cache.executorLost(executorId)
    this.#state.replicas.executorsChanged()
    this.#replicate()
    for (const taskId of executor.running.keys()) this.#ends.lost(taskId, reason, causedByApp)
    this.schedule()
  }

  /** A worker is about to stop: its executors get no more tasks and are let go when they are idle and what they have cached has moved. */
  drain(workerId: string): void {
    this.#tasks.drain(workerId)
    this.#state.replicas.executorsChanged()
    this.#replicate()
  }

  /** An executor is not wanted any more: it gets no more tasks and is let go when it is idle. */
  retire(executorId: string): void {
    this.#tasks.retire(executorId)
  }

  /** A worker is gone with the shuffle files it served. */
  workerLost(workerId: string): void {
    this.#state.outputs.workerLost(workerId)
    this.#dag.advanceAll()
    this.schedule()
  }

  /** Whether an attempt may commit its partition's output: the first that asks. */
  mayCommit(taskId: number): boolean {
    return this.#commits.mayCommit(taskId)
  }

  /** A task of a barrier stage waits for the others. */
  barrierSync(taskId: number, request: Pick<BarrierRequest, 'epoch' | 'call' | 'message'>): void {
    this.#barriers.sync(taskId, request)
  }

  /** A task has cached a partition; false: it is gone with its executor, or its input has changed since and it is no good. */
  cached(taskId: number, executorId: string, block: CachedBlock, level: StorageLevelSpec): boolean {
    const { cache, executors, replicas, stale } = this.#state
    // a large result was read while its executor ended
    if (!executors.has(executorId)) return false
    if (!stale.has(taskId)) {
      cache.add(block, executorId)
      replicas.stored(block, level)
      this.#replicate()
      return true
    }
    this.dropRdd(block.rddId)
    return false
  }

  /** Whether the success of a task will count, and for what; asked before `taskEnded`. 'held': it counts when the port is told so. */
  accepts(taskId: number, end: ExecutorTaskEnd): 'result' | 'map' | 'held' | undefined {
    const entry = this.#state.tasks.get(taskId)
    if (!entry || end.kind !== 'Success') return undefined
    if (entry.stage.plan.kind === 'shuffleMap') return 'map'
    return entry.stage.barrier ? 'held' : 'result'
  }

  taskEnded(taskId: number, executorId: string, end: ExecutorTaskEnd, metrics: TaskMetrics, hotKeys: Skew['keys'] = []): void {
    this.#ends.ended(taskId, executorId, end, metrics, hotKeys)
  }
}
