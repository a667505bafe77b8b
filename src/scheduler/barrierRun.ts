import type { ExecutorTaskEnd } from '../protocol/executorMessages.js'
import { BarrierCoordinator } from './barrierCoordinator.js'
import type { RunningTask } from './stageRun.js'

/** A result that counts only when all tasks of the attempt have ended well. */
export interface HeldResult {
  readonly task: RunningTask
  readonly end: Extract<ExecutorTaskEnd, { kind: 'Success' }>
}

/** What a barrier stage has besides other stages: all its tasks run together, end together or run again together. */
export class BarrierRun {
  coordinator: BarrierCoordinator
  /** executors of its tasks, in the order of partitions */
  places: readonly string[] = []
  readonly held = new Map<number, HeldResult>()
  /** all slots of the application are too few since then */
  shortSince: number | undefined
  /** it waits for slots since then */
  waitingSince: number | undefined
  /** what it waits for, as it was told last */
  told = ''

  constructor(readonly partitions: readonly number[]) {
    this.coordinator = new BarrierCoordinator(partitions)
  }

  /** A new attempt: nothing of the last one counts. Gives the tasks whose results were held. */
  reset(): number[] {
    const discarded = [...this.held.values()].map(({ task }) => task.taskId)
    this.held.clear()
    this.coordinator = new BarrierCoordinator(this.partitions)
    return discarded
  }
}
