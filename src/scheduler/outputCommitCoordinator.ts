import type { SchedulerState } from './schedulerState.js'
import type { RunningTask, StageRun } from './stageRun.js'

/** Lets one attempt of each partition commit its output (Spark's OutputCommitCoordinator). */
export class OutputCommitCoordinator {
  readonly #state: SchedulerState

  constructor(state: SchedulerState) {
    this.#state = state
  }

  /** Whether an attempt may commit its partition's output: the first that asks. */
  mayCommit(taskId: number): boolean {
    const entry = this.#state.tasks.get(taskId)
    if (!entry) return false
    const { stage, task } = entry
    const committer = stage.committers.get(task.partition)
    if (committer === undefined) stage.committers.set(task.partition, taskId)
    return committer === undefined || committer === taskId
  }

  /** A task that ended badly may have been about to commit: the next attempt has to be able to. */
  giveUp(stage: StageRun, { taskId, partition }: RunningTask): void {
    if (stage.committers.get(partition) === taskId) stage.committers.delete(partition)
  }
}
