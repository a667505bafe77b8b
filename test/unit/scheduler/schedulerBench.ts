import type { JobPlan, StagePlan } from '../../../src/plan/jobPlan.js'
import type { ExecutorTaskEnd, TaskLaunch, TaskMetrics } from '../../../src/protocol/executorMessages.js'
import type { BarrierAnswer } from '../../../src/scheduler/barrierCoordinator.js'
import type { ReplicaCopy } from '../../../src/scheduler/cacheReplicas.js'
import type { Exclusion } from '../../../src/scheduler/failureExclusion.js'
import { Scheduler } from '../../../src/scheduler/scheduler.js'
import type { JobFailure, SchedulerPort, SpeculativeCopy, StageLaunch } from '../../../src/scheduler/schedulerPort.js'
import type { SchedulerOptions } from '../../../src/scheduler/schedulerState.js'
import { SchedulingPools } from '../../../src/scheduler/schedulingPools.js'

const NONE = new Uint8Array()
export const BARRIER_LIMITS = { syncTimeout: 60_000, slotsTimeout: 10_000, mostSlots: (cpus: number) => Math.floor(100 / cpus) }
export const success: ExecutorTaskEnd = { kind: 'Success', result: NONE }
export const mapSuccess: ExecutorTaskEnd = { kind: 'Success', mapOutput: { sizes: NONE, records: 0, bytes: 0 } }

/** What a scheduler is made with if nothing else is said. */
export const schedulerOptions = {
  maxAttempts: 1,
  taskCpus: 1,
  maxConsecutiveAttempts: 4,
  localityWait: 3000,
  reduceLocality: true,
  pools: new SchedulingPools('FIFO'),
  barrier: BARRIER_LIMITS,
}

/** A stage of a plan made by hand. */
export function stage(options: Partial<StagePlan> & { numPartitions: number }): StagePlan {
  const shuffles = options.shuffles ?? []
  return {
    kind: options.shuffleId === undefined ? 'result' : 'shuffleMap',
    rddId: 0,
    name: options.shuffleId === undefined ? 'result' : `map ${options.shuffleId}`,
    program: NONE,
    blobs: [],
    shuffles,
    requiredShuffles: () => [...shuffles],
    input: () => NONE,
    preferences: () => ({ cached: [] }),
    reads: (reducer) => shuffles.map((shuffleId) => ({ shuffleId, reducer })),
    barrier: false,
    cachedAfterBarrier: [],
    caches: false,
    cachedFrom: new Map(),
    ...options,
  }
}

/** A plan with one result stage and its map stages. */
export function plan(result: StagePlan, ...maps: StagePlan[]): JobPlan {
  return { result, maps: new Map(maps.map((map) => [map.shuffleId!, map])) }
}

export interface Running extends TaskLaunch {
  executorId: string
}

/** A scheduler whose executors are played by the test: what it decides is kept here as data. */
export class SchedulerBench {
  now = 0
  readonly scheduler: Scheduler
  /** tasks that were handed out and have not ended */
  readonly running = new Map<number, Running>()
  readonly stages: (StageLaunch & { executorId: string })[] = []
  readonly kills: { executorId: string; taskIds: number[] }[] = []
  readonly results = new Map<number, number[]>()
  readonly ended = new Map<number, JobFailure | undefined>()
  readonly failures: { partition: number; attempt: number; message: string; willRetry: boolean }[] = []
  readonly accepted: number[] = []
  readonly discarded: number[] = []
  readonly answers: { executorId: string; taskIds: number[]; answer: BarrierAnswer }[] = []
  readonly waits: string[] = []
  readonly dropped: number[] = []
  readonly copies: SpeculativeCopy[] = []
  readonly exclusions: Exclusion[] = []
  readonly replicas: ReplicaCopy[] = []
  readonly finishedStages: { name: string; ok: boolean }[] = []

  constructor({
    executors = [] as readonly [id: string, cores: number, workerId?: string, host?: string][],
    ...options
  }: Partial<SchedulerOptions> & { executors?: readonly [id: string, cores: number, workerId?: string, host?: string][] } = {}) {
    const port: SchedulerPort = {
      stage: (executorId, launch) => this.stages.push({ ...launch, executorId }),
      launch: (executorId, tasks) => {
        for (const task of tasks) this.running.set(task.taskId, { ...task, executorId })
      },
      kill: (executorId, taskIds) => this.kills.push({ executorId, taskIds: [...taskIds] }),
      release: () => {},
      dropStage: () => {},
      result: (jobId, position) => this.results.set(jobId, [...(this.results.get(jobId) ?? []), position]),
      accepted: (taskIds) => this.accepted.push(...taskIds),
      discarded: (taskIds) => this.discarded.push(...taskIds),
      barrierAnswer: (executorId, taskIds, answer) => this.answers.push({ executorId, taskIds: [...taskIds], answer }),
      waiting: (_, reason) => this.waits.push(reason),
      replicate: (copy) => this.replicas.push(copy),
      dropRdd: (rddId) => this.dropped.push(rddId),
      jobEnded: (jobId, failure) => this.ended.set(jobId, failure),
      speculated: (_, copy) => this.copies.push(copy),
      excluded: (exclusion) => this.exclusions.push(exclusion),
      stageStarted: () => {},
      stageEnded: ({ plan: { name } }, ok) => this.finishedStages.push({ name, ok }),
      taskFailed: (_, { partition, attempt }, message, willRetry) => this.failures.push({ partition, attempt, message, willRetry }),
    }
    this.scheduler = new Scheduler(port, { ...schedulerOptions, now: () => this.now, ...options })
    for (const [id, cores, workerId, host] of executors) this.addExecutor(id, cores, workerId, host)
  }

  addExecutor(executorId: string, cores: number, workerId = `worker of ${executorId}`, host = 'host'): void {
    this.scheduler.executorAdded({ executorId, workerId, host, hostId: host, cores, memory: 1 })
  }

  submit(
    jobPlan: JobPlan,
    jobId = 0,
    partitions = Array.from({ length: jobPlan.result.numPartitions }, (_, index) => index),
    properties: Record<string, string> = {},
  ): void {
    this.scheduler.submit({ jobId, plan: jobPlan, partitions, properties })
  }

  /** The running tasks, in the order they were handed out. */
  get tasks(): Running[] {
    return [...this.running.values()]
  }

  tasksOn(executorId: string): Running[] {
    return this.tasks.filter((task) => task.executorId === executorId)
  }

  /** A task ends as an executor would tell it. */
  end(task: Running, end: ExecutorTaskEnd, runTime = 1000, metrics: TaskMetrics = {}): void {
    this.running.delete(task.taskId)
    this.scheduler.taskEnded(task.taskId, task.executorId, end, { runTime, ...metrics })
    this.scheduler.schedule()
  }

  /** All running tasks end well, and those that follow, until none runs. */
  finish(ofStage?: number): void {
    for (;;) {
      const task = this.tasks.find(({ stageId }) => ofStage === undefined || stageId === ofStage)
      if (!task) return
      const isMap = this.planOf(task).kind === 'shuffleMap'
      this.end(task, isMap ? mapSuccess : success)
    }
  }

  planOf(task: Running): StagePlan {
    return this.stages.find(({ stageId }) => stageId === task.stageId)!.plan
  }

  loseExecutor(executorId: string, causedByApp = true): void {
    for (const task of this.tasksOn(executorId)) this.running.delete(task.taskId)
    this.scheduler.executorLost(executorId, `${executorId} was lost`, causedByApp)
  }

  /** The outputs that a task's stage program was told, by shuffle. */
  outputsFor(task: Running): StageLaunch['shuffles'] {
    return this.stages.findLast(
      (launch) => launch.executorId === task.executorId && launch.stageId === task.stageId && launch.stageAttempt === task.stageAttempt,
    )!.shuffles
  }
}

export function userError(message: string): ExecutorTaskEnd {
  return { kind: 'UserError', error: { name: 'Error', message } }
}
