import type { JobPlan, StagePlan } from '../../../src/plan/jobPlan.js'
import type { ExecutorTaskEnd, TaskLaunch } from '../../../src/protocol/executorMessages.js'
import type { MapOutputId } from '../../../src/protocol/workerMessages.js'
import type { ExclusionLimits } from '../../../src/scheduler/failureExclusion.js'
import { Scheduler } from '../../../src/scheduler/scheduler.js'
import type { JobFailure, SchedulerPort, StageLaunch } from '../../../src/scheduler/schedulerPort.js'
import { SchedulingPools } from '../../../src/scheduler/schedulingPools.js'
import type { SpeculationLimits } from '../../../src/scheduler/speculation.js'
import type { StageRun } from '../../../src/scheduler/stageRun.js'
import { plan, schedulerOptions, stage, success, userError } from './schedulerBench.js'

const MAX_ATTEMPTS = 4
const SHUFFLES = 6
const POOLS = ['a', 'b', 'c']
const SPECULATION: SpeculationLimits = { quantile: 0.3, multiplier: 1, minTaskRuntime: 100, durationThreshold: 5000, efficiency: undefined }
const EXCLUSION: ExclusionLimits = {
  timeout: 100_000,
  taskAttemptsPerExecutor: 1,
  taskAttemptsPerHost: 2,
  stageTasksPerExecutor: 2,
  stageExecutorsPerHost: 2,
  appTasksPerExecutor: 2,
  appExecutorsPerHost: 2,
}

interface SimulatedTask extends TaskLaunch {
  readonly executorId: string
  killed: boolean
  /** of a barrier stage: calls made, whether it waits in one, whether one has failed */
  epoch: number
  waits: boolean
  broken: boolean
}
interface SimulatedExecutor {
  readonly executorId: string
  readonly workerId: string
  readonly cores: number
  readonly programs: Map<string, StageLaunch>
  readonly tasks: Map<number, SimulatedTask>
  draining: boolean
}
/** Which content of each map output something was computed from, by `shuffle/map`. */
type Origins = Map<string, string>

interface SimulatedJob {
  /** what the delivered results were computed from */
  readonly origins: Origins
  readonly partitions: readonly number[]
  readonly delivered: Set<number>
}

/** Plays a cluster that fails at random against the real scheduler; throws at the first decision that breaks a promise. */
export class SchedulerSimulation {
  readonly counts = {
    launches: 0,
    kills: 0,
    lostExecutors: 0,
    lostWorkers: 0,
    fetchFailures: 0,
    moved: 0,
    exclusions: 0,
    copies: 0,
    jobs: 0,
    failedJobs: 0,
    syncs: 0,
    wide: 0,
    rolledBack: 0,
    contradicted: 0,
  }
  readonly #scheduler: Scheduler
  readonly #executors = new Map<string, SimulatedExecutor>()
  readonly #jobs = new Map<number, SimulatedJob>()
  readonly #plans: JobPlan[] = []
  readonly #stages = new Map<number, StageRun>()
  /** attempts that count, by `stage/partition` */
  readonly #failures = new Map<string, number>()
  readonly #barrierStages = new Set<number>()
  /** successes of barrier stages */
  readonly #held = new Map<number, SimulatedTask>()
  /** `shuffle/map/attempt` of the outputs whose files are there, by worker */
  readonly #files = new Map<string, Set<string>>()
  /** by `shuffle/map/attempt`: what was written, and what it was computed from */
  readonly #contents = new Map<string, { checksum: string; origins: Origins }>()
  readonly #originsOf = new WeakMap<object, Origins>()
  /** shuffles whose map tasks write something else each time */
  readonly #indeterminate = new Set<number>()
  #state: number
  readonly #speculates: boolean
  #now = 0
  #nextExecutor = 0
  #nextWorker = 4
  #workers = ['w0', 'w1', 'w2', 'w3']
  #draining: string[] = []

  constructor(seed: number) {
    this.#state = seed
    // a third of the plays with each way to share, half of them with exclusion
    const pools = new SchedulingPools(this.#below(3) === 0 ? 'FIFO' : 'FAIR', [{ name: 'b', schedulingMode: 'FAIR', weight: 3, minShare: 2 }])
    this.#speculates = this.#below(2) === 0
    const exclusion = this.#below(2) === 0 ? EXCLUSION : undefined
    this.#scheduler = new Scheduler(this.#port(), {
      ...schedulerOptions,
      maxAttempts: MAX_ATTEMPTS,
      pools,
      exclusion,
      speculation: this.#speculates ? SPECULATION : undefined,
      now: () => this.#now,
    })
    const maps = Array.from({ length: SHUFFLES }, (_, shuffleId) => this.#mapStage(shuffleId))
    for (let shuffleId = 0; shuffleId < SHUFFLES; shuffleId++) if (this.#below(4) === 0) this.#indeterminate.add(shuffleId)
    for (let index = 0; index < 4; index++) {
      const result = stage({ ...this.#shape(6, 4), shuffles: this.#someBelow(SHUFFLES) })
      this.#plans.push(plan(result, ...maps))
    }
    for (let count = 0; count < 3; count++) this.#addExecutor()
  }

  /** Random events, then a time without faults in which every job has to end. */
  run(events: number): void {
    for (let count = 0; count < events; count++) {
      this.#event()
      this.#check()
    }
    this.#settle()
  }

  #event(): void {
    this.#now += this.#below(500)
    const dice = this.#below(100)
    if (this.#below(4) === 0) this.#scheduler.speculate()
    if (dice < 10) this.#submit()
    else if (dice < 12) this.#cancel()
    else if (dice < 15) this.#loseExecutor()
    else if (dice < 16) this.#loseWorker()
    else if (dice < 22 && this.#executors.size < 6) this.#addExecutor()
    else if (dice < 23) this.#drain()
    else if (dice < 26) this.#loseFile()
    else if (dice < 40) this.#sync()
    else this.#endTask(true)
  }

  #settle(): void {
    if (this.#usable().length < 2) for (let count = 0; count < 4; count++) this.#addExecutor(4)
    // barrier stages need all their slots at once
    this.#addExecutor(6)
    for (let idle = 0; this.#jobs.size > 0; ) {
      if (this.#endTask(false)) idle = 0
      else if (++idle > 3) throw new Error(`no progress: jobs ${[...this.#jobs.keys()]} wait though executors are idle`)
      else this.#now += 5000
      this.#scheduler.schedule()
      this.#check()
    }
    while (this.#endTask(false)) this.#check()
    expectThat(this.#scheduler.activeStages.length === 0, 'a stage outlived the jobs')
    for (const { executorId, running, used } of this.#scheduler.executors)
      expectThat(running.size === 0 && used === 0, `${executorId} has a slot that nothing uses`)
  }

  #submit(): void {
    if (this.#jobs.size >= 5) return
    const jobPlan = this.#plans[this.#below(this.#plans.length)]!
    const all = Array.from({ length: jobPlan.result.numPartitions }, (_, index) => index)
    const some = all.filter(() => this.#below(3) > 0)
    const partitions = some.length === 0 ? all : [...some, some[0]!]
    const jobId = this.counts.jobs++
    this.#jobs.set(jobId, { partitions, delivered: new Set(), origins: new Map() })
    this.#scheduler.submit({ jobId, plan: jobPlan, partitions, properties: { 'spark.scheduler.pool': this.#one(POOLS)! } })
  }

  #cancel(): void {
    const jobId = this.#one([...this.#jobs.keys()])
    if (jobId !== undefined) this.#scheduler.cancel(jobId, 'cancelled')
  }

  #addExecutor(cores = 1 + this.#below(4)): void {
    const executorId = `e${this.#nextExecutor++}`
    const workerId = this.#one(this.#workers)!
    this.#executors.set(executorId, { executorId, workerId, cores, programs: new Map(), tasks: new Map(), draining: false })
    this.#scheduler.executorAdded({ executorId, workerId, host: workerId, hostId: workerId, cores, memory: 1 })
  }

  #loseExecutor(): void {
    const executor = this.#one([...this.#executors.values()])
    if (executor) this.#remove(executor, this.#below(2) === 0)
  }

  #remove({ executorId, tasks }: SimulatedExecutor, causedByApp: boolean): void {
    // of a barrier stage the first lost task is all of them
    const lost = new Map(
      [...tasks.values()].filter(({ killed }) => causedByApp && !killed).map((task) => [this.#countedAs(task.stageId, task.partition), task]),
    )
    for (const { stageId, partition } of lost.values()) this.#countFailure(stageId, partition)
    this.counts.lostExecutors++
    this.#executors.delete(executorId)
    this.#scheduler.executorLost(executorId, `${executorId} was lost`, causedByApp)
  }

  /** The loss of a worker and those of its executors are told in any order. */
  #loseWorker(): void {
    const workerId = this.#one([...this.#workers, ...this.#draining])!
    this.counts.lostWorkers++
    this.#replace(workerId)
    this.#draining = this.#draining.filter((other) => other !== workerId)
    this.#files.delete(workerId)
    const executors = [...this.#executors.values()].filter((executor) => executor.workerId === workerId)
    const first = this.#below(2) === 0
    if (first) this.#scheduler.workerLost(workerId)
    for (const executor of executors) this.#remove(executor, false)
    if (!first) this.#scheduler.workerLost(workerId)
  }

  #drain(): void {
    const workerId = this.#one(this.#workers)!
    // it takes no more executors and will be lost some time
    this.#replace(workerId)
    this.#draining.push(workerId)
    for (const executor of this.#executors.values()) if (executor.workerId === workerId) executor.draining = true
    this.#scheduler.drain(workerId)
    for (const output of this.#scheduler.outputs.on(workerId)) if (this.#below(3) > 0) this.#move(output, workerId)
  }

  #replace(workerId: string): void {
    this.#workers = this.#workers.map((other) => (other === workerId ? `w${this.#nextWorker++}` : other))
  }

  #move(output: MapOutputId, from: string): void {
    const file = `${output.shuffleId}/${output.mapIndex}/${output.attemptId}`
    if (!this.#files.get(from)?.has(file)) return
    const to = this.#one(this.#workers)!
    const files = this.#files.get(to) ?? new Set()
    this.#files.set(to, files.add(file))
    if (this.#scheduler.outputs.moved(output, from, to)) this.counts.moved++
  }

  #loseFile(): void {
    const files = this.#one([...this.#files.values()])
    const file = files && this.#one([...files])
    if (file !== undefined) files!.delete(file)
  }

  #countedAs(stageId: number, partition: number): string {
    return `${stageId}/${this.#barrierStages.has(stageId) ? 'all' : partition}`
  }

  get #tasks(): SimulatedTask[] {
    return [...this.#executors.values()].flatMap((executor) => [...executor.tasks.values()])
  }

  /** A task of a barrier stage waits for the others. */
  #sync(): void {
    const task = this.#one(this.#tasks.filter(({ stageId, waits, broken }) => !waits && !broken && this.#barrierStages.has(stageId)))
    if (!task) return
    this.counts.syncs++
    task.waits = true
    this.#scheduler.barrierSync(task.taskId, { epoch: task.epoch, call: 'barrier', message: '' })
  }

  #endTask(faults: boolean): boolean {
    // one that waits ends only by force
    const task = this.#one(this.#tasks.filter(({ waits, killed }) => !waits || killed))
    if (!task) return false
    const executor = this.#executors.get(task.executorId)!
    executor.tasks.delete(task.taskId)
    const end = this.#endOf(task, executor, faults)
    const accepted = this.#scheduler.accepts(task.taskId, end)
    if (accepted === 'held') this.#held.set(task.taskId, task)
    this.#scheduler.taskEnded(task.taskId, task.executorId, end, { runTime: this.#below(10) === 0 ? 1 : 1000 })
    if (accepted !== undefined) expectThat(this.#others(task).length === 0, `an attempt that lost against task ${task.taskId} goes on`)
    this.#scheduler.schedule()
    return true
  }

  #endOf(task: SimulatedTask, executor: SimulatedExecutor, faults: boolean): ExecutorTaskEnd {
    // a kill may come too late
    if (task.killed && this.#below(3) > 0) return { kind: 'Killed', reason: 'killed' }
    const launch = executor.programs.get(`${task.stageId}/${task.stageAttempt}`)!
    const unread = this.#unreadable(launch)
    if (unread) {
      if (!task.killed) this.counts.fetchFailures++
      return { kind: 'FetchFailed', message: 'the file is gone', ...unread }
    }
    // output is written by result stages; an attempt may be denied only because of another
    if (!task.killed && launch.plan.kind === 'result' && !this.#scheduler.mayCommit(task.taskId)) {
      expectThat(this.#others(task).length > 0, `task ${task.taskId} was denied its commit`)
      return { kind: 'CommitDenied' }
    }
    const dice = faults ? this.#below(100) : 99
    if (dice < 4 || task.broken) return this.#userError(task, userError('failed'))
    if (dice < 6) return { kind: 'Killed', reason: 'from outside' }
    const { shuffleId } = launch.plan
    const barrier = this.#stages.get(task.stageId)?.barrier
    // ends well though it does not meet the others any more: a failure too
    if (barrier?.coordinator.broken !== undefined) this.#userError(task, success)
    const origins = this.#originsOfTask(launch)
    if (shuffleId === undefined) return this.#result(origins)
    const files = this.#files.get(executor.workerId) ?? new Set()
    this.#files.set(executor.workerId, files.add(`${shuffleId}/${task.partition}/${task.taskId}`))
    // what is computed from other input is something else
    const inputs = JSON.stringify([...origins].sort())
    const checksum = `${shuffleId}/${task.partition} of ${inputs}${this.#indeterminate.has(shuffleId) ? ` by ${task.taskId}` : ''}`
    this.#contents.set(`${shuffleId}/${task.partition}/${task.taskId}`, { checksum, origins })
    return { kind: 'Success', mapOutput: { sizes: Uint8Array.of(this.#below(256), this.#below(256)), records: 0, bytes: 0, checksum } }
  }

  #result(origins: Origins): ExecutorTaskEnd {
    const end = { ...success }
    this.#originsOf.set(end, origins)
    return end
  }

  #originsOfTask(launch: StageLaunch): Origins {
    const origins: Origins = new Map()
    for (const { shuffleId, outputs } of launch.shuffles) {
      for (const { mapIndex, attemptId } of outputs) {
        const content = this.#contents.get(`${shuffleId}/${mapIndex}/${attemptId}`)!
        this.#merge(origins, content.origins)
        this.#merge(origins, new Map([[`${shuffleId}/${mapIndex}`, content.checksum]]))
      }
    }
    return origins
  }

  /** A mark takes the place of an origin that is there with two contents. */
  #merge(into: Origins, origins: Origins): void {
    for (const [output, checksum] of origins) into.set(output, (into.get(output) ?? checksum) === checksum ? checksum : 'two contents')
  }

  #userError(task: SimulatedTask, end: ExecutorTaskEnd): ExecutorTaskEnd {
    if (!task.killed) this.#countFailure(task.stageId, task.partition)
    return end
  }

  /** Results of a barrier stage count together: one attempt of each partition, all of one attempt of the stage. */
  #accepted(taskIds: readonly number[]): void {
    const ended = taskIds.map((taskId) => this.#held.get(taskId)!)
    expectThat(new Set(ended.map(({ stageId, stageAttempt }) => `${stageId}/${stageAttempt}`)).size === 1, 'results of two attempts of a barrier stage count')
    const run = this.#stages.get(ended[0]!.stageId)!
    expectThat(new Set(ended.map(({ partition }) => partition)).size === run.total, 'not all results of a barrier stage count')
  }

  #answered(executorId: string, taskIds: readonly number[], failed: boolean): void {
    for (const taskId of taskIds) {
      const task = this.#executors.get(executorId)?.tasks.get(taskId)
      if (!task) continue
      expectThat(task.waits, `task ${taskId} is answered but does not wait`)
      task.waits = false
      task.epoch++
      task.broken ||= failed
    }
  }

  #unreadable(launch: StageLaunch): { workerId: string; shuffleId: number; mapIndex: number; attemptId: number } | undefined {
    for (const { shuffleId, outputs } of launch.shuffles) {
      for (const { mapIndex, attemptId, workerId } of outputs) {
        if (!this.#files.get(workerId)?.has(`${shuffleId}/${mapIndex}/${attemptId}`)) return { workerId, shuffleId, mapIndex, attemptId }
      }
    }
    return undefined
  }

  #check(): void {
    for (const { executorId, running, used, cores } of this.#scheduler.executors) {
      const cpus = [...running.values()]
      const sum = cpus.reduce((total, each) => total + each, 0)
      expectThat(used === sum, `${executorId} counts ${used} cores in use, its tasks have ${sum}`)
      // tiny tasks of one core wait in front of busy slots
      if (cpus.some((each) => each > 1)) expectThat(sum <= cores, `${executorId} runs tasks of ${cpus} cores on ${cores}`)
      const tasks = this.#executors.get(executorId)?.tasks
      expectThat(tasks !== undefined, `${executorId} is gone but still known`)
      for (const taskId of running.keys()) expectThat(tasks!.has(taskId), `slot of ${executorId} is held for task ${taskId}, which has ended`)
      for (const taskId of tasks!.keys()) expectThat(running.has(taskId), `task ${taskId} runs on ${executorId} without a slot`)
    }
  }

  #port(): SchedulerPort {
    return {
      stage: (executorId, launch) => {
        for (const { shuffleId, numMaps, outputs } of launch.shuffles)
          expectThat(outputs.length === numMaps, `stage ${launch.stageId} started with ${outputs.length} of ${numMaps} outputs of shuffle ${shuffleId}`)
        expectThat(launch.cpus === (launch.plan.cpus ?? 1), `a task of stage ${launch.stageId} is told of ${launch.cpus} cores`)
        this.#executors.get(executorId)!.programs.set(`${launch.stageId}/${launch.stageAttempt}`, launch)
      },
      launch: (executorId, tasks) => this.#launched(executorId, tasks),
      kill: (executorId, taskIds, reason) => {
        if (reason.includes('came out differently')) this.counts.rolledBack++
        this.counts.kills += taskIds.length
        for (const taskId of taskIds) {
          const task = this.#executors.get(executorId)?.tasks.get(taskId)
          if (task) task.killed = true
        }
      },
      release: (executorId) => {
        expectThat(this.#executors.get(executorId)?.tasks.size === 0, `${executorId} was let go while it worked`)
      },
      dropStage: (executorId, stageId) => {
        const programs = this.#executors.get(executorId)!.programs
        // running tasks keep what they have begun with
        for (const task of this.#executors.get(executorId)!.tasks.values())
          expectThat(task.stageId !== stageId || task.killed, `stage ${stageId} was dropped under a task`)
        expectThat(
          [...programs.keys()].some((key) => key.startsWith(`${stageId}/`)),
          `${executorId} never had stage ${stageId}`,
        )
      },
      result: (jobId, position, end) => {
        const job = this.#jobs.get(jobId)
        expectThat(job !== undefined, `a result of job ${jobId} came after its end`)
        expectThat(!job!.delivered.has(position), `result ${position} of job ${jobId} came twice`)
        job!.delivered.add(position)
        this.#merge(job!.origins, this.#originsOf.get(end)!)
        expectThat(![...job!.origins.values()].includes('two contents'), `results of job ${jobId} were computed from two contents of one output`)
      },
      accepted: (taskIds) => this.#accepted(taskIds),
      discarded: () => {},
      barrierAnswer: (executorId, taskIds, answer) => this.#answered(executorId, taskIds, 'error' in answer),
      waiting: () => {},
      dropRdd: () => {},
      speculated: () => {
        this.counts.copies++
      },
      excluded: () => {
        this.counts.exclusions++
      },
      replicate: () => {},
      jobEnded: (jobId, failure) => this.#jobEnded(jobId, failure),
      stageStarted: (run) => {
        this.#stages.set(run.stageId, run)
        if (run.barrier) this.#barrierStages.add(run.stageId)
      },
      stageEnded: (run, ok) => {
        this.#stages.delete(run.stageId)
        expectThat(run.running.size === 0, `stage ${run.stageId} ended with running tasks`)
        if (ok && run.plan.shuffleId !== undefined && run.jobs.size > 0)
          expectThat(this.#scheduler.outputs.isComplete(run.plan.shuffleId), `stage ${run.stageId} ended without all outputs`)
      },
      taskFailed: () => {},
    }
  }

  #launched(executorId: string, tasks: readonly TaskLaunch[]): void {
    const executor = this.#executors.get(executorId)
    expectThat(executor !== undefined, `tasks for ${executorId}, which is gone`)
    expectThat(!executor!.draining, `tasks for ${executorId}, whose worker is stopping`)
    for (const task of tasks) {
      this.counts.launches++
      if (this.#stages.get(task.stageId)!.cpus > 1) this.counts.wide++
      const run = this.#stages.get(task.stageId)
      expectThat(run !== undefined, `a task of stage ${task.stageId}, which has ended`)
      expectThat(
        [...run!.jobs].some((jobId) => this.#jobs.has(jobId)),
        `a task of stage ${task.stageId}, whose jobs have ended`,
      )
      expectThat(executor!.programs.has(`${task.stageId}/${task.stageAttempt}`), `task ${task.taskId} has no program`)
      const others = this.#others(task)
      expectThat(
        others.length <= (this.#speculates && !run!.barrier ? 1 : 0),
        `partition ${task.partition} of stage ${task.stageId} runs ${others.length + 1} times`,
      )
      expectThat(
        !others.some((other) => other.executorId === executorId),
        `both attempts at partition ${task.partition} of stage ${task.stageId} run on ${executorId}`,
      )
      executor!.tasks.set(task.taskId, { ...task, executorId, killed: false, epoch: 0, waits: false, broken: false })
    }
  }

  /** Attempts at the partition of a task, without itself, that nobody has asked to end. */
  #others({ taskId, stageId, partition }: TaskLaunch): SimulatedTask[] {
    const tasks = [...this.#executors.values()].flatMap((executor) => [...executor.tasks.values()])
    return tasks.filter((other) => other.taskId !== taskId && !other.killed && other.stageId === stageId && other.partition === partition)
  }

  #jobEnded(jobId: number, failure: JobFailure | undefined): void {
    const job = this.#jobs.get(jobId)
    expectThat(job !== undefined, `job ${jobId} ended twice`)
    this.#jobs.delete(jobId)
    if (!failure) {
      expectThat(job!.delivered.size === job!.partitions.length, `job ${jobId} ended with ${job!.delivered.size} of ${job!.partitions.length} results`)
      return
    }
    this.counts.failedJobs++
    if (failure.kind === 'indeterminate') {
      this.counts.contradicted++
      expectThat(job!.delivered.size > 0, `job ${jobId} was given up though nothing was delivered`)
    }
    if (failure.kind !== 'task' && failure.kind !== 'executors') return
    const failures = this.#failures.get(this.#countedAs(failure.stageId, failure.partition))
    expectThat(failures === MAX_ATTEMPTS, `a job failed after ${failures} failures of a task`)
  }

  #countFailure(stageId: number, partition: number): void {
    const key = this.#countedAs(stageId, partition)
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1)
  }

  #mapStage(shuffleId: number): StagePlan {
    return stage({ ...this.#shape(5, 6), shuffleId, numReducers: 2, shuffles: this.#someBelow(shuffleId) })
  }

  /** A third of the stages has tasks of several cores; barrier stages no more than the executor of the end has. */
  #shape(mostPartitions: number, barrierOneIn: number): Pick<StagePlan, 'numPartitions' | 'barrier' | 'cpus'> {
    const numPartitions = 1 + this.#below(mostPartitions)
    const barrier = this.#below(barrierOneIn) === 0
    const cpus = this.#below(3) === 0 ? 1 + this.#below(3) : 1
    return { numPartitions, barrier, cpus: barrier ? Math.min(cpus, Math.floor(6 / numPartitions)) : cpus }
  }

  #someBelow(end: number): number[] {
    return Array.from({ length: end }, (_, index) => index).filter(() => this.#below(3) === 0)
  }

  #usable(): SimulatedExecutor[] {
    return [...this.#executors.values()].filter(({ draining }) => !draining)
  }

  #one<T>(values: readonly T[]): T | undefined {
    return values[this.#below(values.length)]
  }

  /** mulberry32 */
  #below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end)
  }
}

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}
