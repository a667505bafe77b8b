import { ApplicationExclusion } from './applicationExclusion.js'
import { StageExclusion } from './stageExclusion.js'

/** How many failures it takes (spark.excludeOnFailure.*). */
export interface ExclusionLimits {
  /** ms an exclusion from the application lasts, and a failure counts towards it */
  readonly timeout: number
  readonly taskAttemptsPerExecutor: number
  readonly taskAttemptsPerHost: number
  readonly stageTasksPerExecutor: number
  readonly stageExecutorsPerHost: number
  readonly appTasksPerExecutor: number
  readonly appExecutorsPerHost: number
}

/** Where a task can run. */
export interface Place {
  readonly executorId: string
  readonly host: string
}

/** An executor, or without one a whole host, that gets no more tasks of a stage, or without one of any for so many ms. */
export interface Exclusion {
  readonly executorId?: string
  readonly host: string
  readonly stageId?: number
  readonly ms?: number
}

/** Where the tasks of a stage may run: on these executors, each task where `accepts` says so. */
export interface Places<P extends Place> {
  readonly executors: readonly P[]
  readonly accepts?: (partition: number, executor: P) => boolean
}

/**
 * Keeps tasks away from executors and hosts on which tasks keep failing (Spark's excludeOnFailure). It never takes the last place a task
 * could run: a task avoids first what its own failures exclude, and where that leaves nothing, less.
 */
export class FailureExclusion {
  readonly #limits: ExclusionLimits
  readonly #tell: (exclusion: Exclusion) => void
  readonly #stages = new Map<number, StageExclusion>()
  readonly #application: ApplicationExclusion

  constructor(limits: ExclusionLimits, tell: (exclusion: Exclusion) => void) {
    this.#limits = limits
    this.#tell = tell
    this.#application = new ApplicationExclusion(limits)
  }

  taskFailed(stageId: number, partition: number, place: Place): void {
    const stage = this.#stages.get(stageId) ?? new StageExclusion(this.#limits)
    this.#stages.set(stageId, stage)
    const { executorId, host } = place
    const before = { executor: stage.excludesExecutor(executorId), host: stage.excludesHost(host) }
    stage.failed(partition, place)
    if (!before.executor && stage.excludesExecutor(executorId)) this.#tell({ executorId, host, stageId })
    if (!before.host && stage.excludesHost(host)) this.#tell({ host, stageId })
  }

  /** A failure in a stage that succeeded was not the task's fault, so it speaks against where it happened; in one that did not it tells nothing. */
  stageEnded(stageId: number, ok: boolean, now: number): void {
    const stage = this.#stages.get(stageId)
    this.#stages.delete(stageId)
    if (!stage || !ok) return
    for (const { place, tasks } of stage.failures()) {
      for (const exclusion of this.#application.failed(place, tasks, now)) this.#tell(exclusion)
    }
  }

  /** Where tasks of a stage may run now. */
  places<P extends Place>(stageId: number, executors: readonly P[], now: number): Places<P> {
    const stage = this.#stages.get(stageId)
    const healthy = executors.filter((each) => !this.#application.excludes(each, now))
    const good = stage ? healthy.filter((each) => !stage.excludesExecutor(each.executorId) && !stage.excludesHost(each.host)) : healthy
    const left = [good, healthy, executors].find((some) => some.length > 0) ?? executors
    if (!stage) return { executors: left }
    const accepts = (partition: number, executor: P): boolean =>
      !stage.excludesFor(partition, executor) || !left.some((other) => !stage.excludesFor(partition, other))
    return { executors: left, accepts }
  }
}
