import type { StagePlan } from '../plan/jobPlan.js'
import type { TaskLaunch } from '../protocol/executorMessages.js'
import { assignCopies } from './assignCopies.js'
import { assignTasks } from './assignTasks.js'
import type { BarrierRun } from './barrierRun.js'
import { type ExecutorSlots, endTask, freeSlots, startTask } from './executorSlots.js'
import type { Places } from './failureExclusion.js'
import { keptFor } from './keptFor.js'
import { placeBarrier } from './placeBarrier.js'
import type { SchedulerState } from './schedulerState.js'
import { slowTasks } from './speculation.js'
import type { RunningTask, StageRun } from './stageRun.js'

/** Puts the waiting tasks of stages on executors' slots, and takes them off again (Spark's TaskScheduler). */
export class TaskScheduler {
  readonly #state: SchedulerState
  #taskId = 0
  /** nothing is handed out yet */
  #held = false

  constructor(state: SchedulerState) {
    this.#state = state
  }

  hold(held: boolean): void {
    this.#held = held
    if (!held) this.schedule()
  }

  /** Looks for tasks that run too long beside those that have succeeded: they get second attempts. */
  speculate(): void {
    const { stages, executors, options } = this.#state
    if (!options.speculation) return
    const now = this.#state.now()
    let cores = 0
    for (const executor of executors.values()) cores = Math.max(cores, executor.cores)
    for (const stage of stages.values()) {
      for (const { partition } of slowTasks(stage, options.speculation, now, Math.floor(cores / stage.cpus))) stage.speculatable.add(partition)
    }
    this.schedule()
  }

  /** Hands out tasks: to the executor with the fewest running ones first, and to none a second one while another has a free slot. */
  schedule(): void {
    if (this.#held) return
    const { port, executors, stages, options } = this.#state
    const waits = (stage: StageRun): boolean => (stage.pending.size > 0 || stage.speculatable.size > 0) && !stage.suspended
    const waiting = [...stages.values()].filter(waits)
    if (waiting.length === 0) return
    const launches = new Map<ExecutorSlots, TaskLaunch[]>()
    const usable = [...executors.values()].filter((executor) => !executor.draining)
    const { pools } = options
    // in fair shares each task given changes who is next
    const most = pools.mode === 'FIFO' ? Number.MAX_SAFE_INTEGER : 1
    while (this.#give(pools.order(waiting.filter(waits), stages.values()), usable, most, launches) > 0 && pools.mode === 'FAIR');
    for (const [executor, tasks] of launches) port.launch(executor.executorId, tasks)
  }

  /** Gives tasks of stages in this order, until at least so many are given; gives how many. */
  #give(order: readonly StageRun[], usable: readonly ExecutorSlots[], most: number, launches: Map<ExecutorSlots, TaskLaunch[]>): number {
    let given = 0
    let open = usable
    for (const stage of order) {
      if (given >= most) break
      if (!stage.barrier) {
        const places = this.#places(stage, open)
        given += this.#assign(stage, places, most - given, launches)
        const kept = keptFor(stage, places.executors)
        if (kept) open = open.filter((executor) => executor !== kept)
      } else if (this.#placeTogether(stage, stage.barrier, usable, launches)) given += stage.barrier.partitions.length
      // slots that become free are kept for it, lest stages behind it take them for ever
      else if (stage.barrier.shortSince === undefined) break
    }
    return given
  }

  /** Where the tasks of a stage may run: executors that have cores enough for one, if not free ones, and are not excluded. */
  #places(stage: StageRun, usable: readonly ExecutorSlots[]): Places<ExecutorSlots> {
    const executors = stage.cpus === 1 ? usable : usable.filter(({ cores }) => cores >= stage.cpus)
    return this.#state.exclusion?.places(stage.stageId, executors, this.#state.now()) ?? { executors }
  }

  #assign(stage: StageRun, places: Places<ExecutorSlots>, most: number, launches: Map<ExecutorSlots, TaskLaunch[]>): number {
    const { options } = this.#state
    const now = this.#state.now()
    // what is queued behind a slow task would be slow too
    const queues = options.speculation === undefined
    const given = assignTasks(stage, places, { now, most, queues }, (partition, executor) => this.#launch(stage, partition, executor, launches))
    if (stage.speculatable.size === 0) return given
    const copy = (partition: number, executor: ExecutorSlots): void => {
      const [slow] = stage.attemptsAt(partition)
      this.#launch(stage, partition, executor, launches)
      this.#state.port.speculated(stage, { partition, slowOn: slow!.executorId, executorId: executor.executorId, ms: now - slow!.startedAt })
    }
    return given + assignCopies(stage, places, most - given, copy)
  }

  /** Starts all tasks of a barrier stage, or none; notes since when it waits, and whether for slots that are not there at all. */
  #placeTogether(stage: StageRun, barrier: BarrierRun, usable: readonly ExecutorSlots[], launches: Map<ExecutorSlots, TaskLaunch[]>): boolean {
    const { plan, cpus } = stage
    const now = this.#state.now()
    if (usable.reduce((sum, executor) => sum + freeSlots(executor, cpus), 0) < barrier.partitions.length) {
      const slots = usable.reduce((sum, executor) => sum + Math.floor(executor.cores / cpus), 0)
      barrier.waitingSince ??= now
      barrier.shortSince = slots < barrier.partitions.length ? (barrier.shortSince ?? now) : undefined
      return false
    }
    barrier.waitingSince = undefined
    barrier.shortSince = undefined
    this.#dropHalfCached(plan)
    const places = placeBarrier(barrier.partitions, cpus, usable, (partition) => this.#state.preferred(plan, partition))
    barrier.places = barrier.partitions.map((partition) => places.get(partition)!.executorId)
    stage.pending.clear()
    for (const [partition, executor] of places) this.#launch(stage, partition, executor, launches)
    return true
  }

  /** Tasks that read a cached partition would not meet the others, which compute theirs: all do the one or all do the other. */
  #dropHalfCached(plan: StagePlan): void {
    for (const rddId of plan.cachedAfterBarrier) {
      const count = this.#state.cache.count(rddId)
      if (count > 0 && count < plan.numPartitions) this.#state.dropRdd(rddId)
    }
  }

  /** Takes an attempt out of the books: it has ended, or its executor is gone. */
  forget(taskId: number): void {
    const entry = this.#state.tasks.get(taskId)
    if (!entry) return
    this.#state.tasks.delete(taskId)
    entry.stage.running.delete(taskId)
    this.free(entry.task.executorId, taskId)
  }

  /** The slot of an attempt can be used again. */
  free(executorId: string, taskId: number): void {
    const executor = this.#state.executors.get(executorId)
    if (executor) endTask(executor, taskId)
    this.#releaseIdle(executor)
  }

  /** Executors of a worker that is about to stop get no more tasks and are let go when they are idle. */
  drain(workerId: string): void {
    this.#state.decommissioned.add(workerId)
    for (const executor of this.#state.executors.values()) {
      if (executor.workerId !== workerId) continue
      executor.draining = true
      executor.decommissioned = true
    }
  }

  /** Lets those executors go that get no more tasks, run none, and hold nothing that is still to be copied from them. */
  releaseIdle(): void {
    for (const executor of this.#state.executors.values()) this.#releaseIdle(executor)
  }

  /** An executor gets no more tasks and is let go when it is idle. */
  retire(executorId: string): void {
    const executor = this.#state.executors.get(executorId)
    if (!executor) return
    executor.draining = true
    this.#releaseIdle(executor)
  }

  /** Ends all tasks of a stage; a killed task frees its slot when the executor has told its end. */
  stop(stage: StageRun, reason: string): void {
    stage.pending.clear()
    stage.speculatable.clear()
    this.kill(stage, [...stage.running.values()], reason)
  }

  /** Ends attempts nobody waits for any more. */
  kill(stage: StageRun, tasks: readonly RunningTask[], reason: string): void {
    const byExecutor = new Map<string, number[]>()
    for (const { taskId, executorId } of tasks) {
      const ids = byExecutor.get(executorId)
      if (ids) ids.push(taskId)
      else byExecutor.set(executorId, [taskId])
    }
    for (const [executorId, taskIds] of byExecutor) this.#state.port.kill(executorId, taskIds, reason)
    for (const { taskId } of tasks) {
      this.#state.tasks.delete(taskId)
      stage.running.delete(taskId)
    }
  }

  #releaseIdle(executor: ExecutorSlots | undefined): void {
    if (!executor?.draining || executor.released || executor.running.size > 0) return
    const { executorId } = executor
    const { cache, replicas, port } = this.#state
    if (executor.decommissioned && replicas.isNeeded(executorId)) return
    executor.released = true
    port.release(executorId, { held: cache.countOn(executorId), elsewhere: cache.alsoElsewhere(executorId) })
  }

  #launch(stage: StageRun, partition: number, executor: ExecutorSlots, launches: Map<ExecutorSlots, TaskLaunch[]>): void {
    const { executorId } = executor
    this.#sendProgram(stage, executor)
    const attempt = stage.attempts.get(partition) ?? 0
    stage.attempts.set(partition, attempt + 1)
    const taskId = this.#taskId++
    const task: RunningTask = {
      taskId,
      partition,
      attempt,
      executorId,
      host: executor.host,
      stageAttempt: stage.attempt,
      startedAt: this.#state.now(),
      records: 0,
    }
    stage.running.set(taskId, task)
    startTask(executor, taskId, stage.cpus)
    this.#state.tasks.set(taskId, { stage, task })
    const cached = this.#state.elsewhere(stage.plan, partition, executorId)
    const launch: TaskLaunch = {
      taskId,
      stageId: stage.stageId,
      stageAttempt: stage.attempt,
      partition,
      attempt,
      input: stage.plan.input(partition) as Uint8Array<ArrayBuffer>,
      ...(cached.length === 0 ? {} : { cached }),
    }
    const batch = launches.get(executor)
    if (batch) batch.push(launch)
    else launches.set(executor, [launch])
  }

  /** A stage's program goes ahead of its first task on an executor. */
  #sendProgram(stage: StageRun, executor: ExecutorSlots): void {
    if (executor.programs.has(stage.programKey)) return
    executor.programs.add(stage.programKey)
    const { jobs, outputs, port } = this.#state
    const job = jobs.get([...stage.jobs][0]!)
    port.stage(executor.executorId, {
      stageId: stage.stageId,
      stageAttempt: stage.attempt,
      plan: stage.plan,
      cpus: stage.cpus,
      properties: job?.spec.properties ?? {},
      barrier: stage.barrier?.places,
      shuffles: stage.plan.shuffles.map((shuffleId) => ({ shuffleId, numMaps: outputs.numMaps(shuffleId), outputs: outputs.locations(shuffleId) })),
    })
  }
}
