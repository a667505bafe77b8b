import { plural } from '../events/plural.js'
import type { ExecutorTaskEnd } from '../protocol/executorMessages.js'
import type { BarrierRelease, BarrierRequest } from './barrierCoordinator.js'
import type { BarrierRun, HeldResult } from './barrierRun.js'
import type { DagScheduler } from './dagScheduler.js'
import type { SchedulerState } from './schedulerState.js'
import type { RunningTask, StageRun } from './stageRun.js'

/** A stage that waits longer says what for. */
const TELL_AFTER_MS = 1500

/** Barrier stages while they wait and run: their tasks' waits for each other, their results, the slots they need. */
export class BarrierStages {
  readonly #state: SchedulerState
  readonly #dag: DagScheduler

  constructor(state: SchedulerState, dag: DagScheduler) {
    this.#state = state
    this.#dag = dag
  }

  /** A task waits for the others. */
  sync(taskId: number, request: Pick<BarrierRequest, 'epoch' | 'call' | 'message'>): void {
    const entry = this.#state.tasks.get(taskId)
    // of an attempt that nobody waits for any more
    if (!entry?.stage.barrier) return
    const { partition, executorId } = entry.task
    this.#release(entry.stage.barrier.coordinator.request({ ...request, taskId, partition, executorId }, this.#state.now()))
  }

  /** A task has ended well. */
  ended({ coordinator }: BarrierRun, partition: number): void {
    this.#release(coordinator.ended(partition))
  }

  /** Results count when all tasks have ended well, since one that fails takes the others with it; gives those that count now. */
  hold({ held, partitions }: BarrierRun, task: RunningTask, end: Extract<ExecutorTaskEnd, { kind: 'Success' }>): readonly HeldResult[] {
    held.set(task.partition, { task, end })
    if (held.size < partitions.length) return []
    const results = [...held.values()]
    held.clear()
    this.#state.port.accepted(results.map((result) => result.task.taskId))
    return results
  }

  /** Ends waits that take too long, for each other or for slots; says what stages wait for. */
  check(): void {
    const now = this.#state.now()
    for (const stage of [...this.#state.stages.values()]) {
      const { barrier } = stage
      if (!barrier) continue
      this.#release(barrier.coordinator.check(now, this.#state.options.barrier.syncTimeout))
      this.#checkSlots(stage, barrier, now)
    }
  }

  #checkSlots(stage: StageRun, barrier: BarrierRun, now: number): void {
    if (barrier.waitingSince === undefined || stage.suspended) return
    const { port, executors, options } = this.#state
    const { stageId, plan, cpus } = stage
    const { slotsTimeout } = options.barrier
    const mostSlots = options.barrier.mostSlots(cpus)
    const tasks = barrier.partitions.length
    const slots = [...executors.values()].reduce((sum, { cores, draining }) => sum + (draining ? 0 : Math.floor(cores / cpus)), 0)
    const needs = `barrier stage ${stageId} (${plan.name}) has ${plural(tasks, 'task')}${cpus > 1 ? ` of ${cpus} cores` : ''} that run together`
    if (mostSlots < tasks || (barrier.shortSince !== undefined && now - barrier.shortSince >= slotsTimeout)) {
      const short =
        mostSlots < tasks ? `this application has at most ${plural(mostSlots, 'slot')}` : `within ${slotsTimeout / 1000} s it had ${plural(slots, 'slot')}`
      this.#dag.abort(stage, { kind: 'slots', message: `${needs}, but ${short}`, stageId, stageName: plan.name })
      return
    }
    // of an application without executors others tell what it waits for
    if (slots === 0) return
    const what =
      barrier.shortSince === undefined ? `waits for ${plural(tasks, 'free slot')} of ${slots}` : `waits for executors: it has ${plural(slots, 'slot')}`
    if (now - barrier.waitingSince < TELL_AFTER_MS || barrier.told === what) return
    barrier.told = what
    port.waiting(stage, `${needs} and ${what}`)
  }

  #release(release: BarrierRelease | undefined): void {
    if (!release) return
    const byExecutor = new Map<string, number[]>()
    for (const { executorId, taskId } of release.tasks) {
      const taskIds = byExecutor.get(executorId)
      if (taskIds) taskIds.push(taskId)
      else byExecutor.set(executorId, [taskId])
    }
    for (const [executorId, taskIds] of byExecutor) this.#state.port.barrierAnswer(executorId, taskIds, release.answer)
  }
}
