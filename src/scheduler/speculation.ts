import type { RunningTask, StageRun } from './stageRun.js'

/** When a task is slow enough for a second attempt beside the first (spark.speculation.*); times in ms. */
export interface SpeculationLimits {
  /** share of a stage's tasks that must have succeeded before any other counts as slow */
  readonly quantile: number
  /** how many times the median of those a task has to run */
  readonly multiplier: number
  /** less than this is never slow */
  readonly minTaskRuntime: number
  /** tasks of a stage that fits on one executor, where there is nothing to compare with, are slow after this */
  readonly durationThreshold: number | undefined
  /** absent: time alone decides */
  readonly efficiency: { readonly processRateMultiplier: number; readonly longRunTaskFactor: number } | undefined
}

/**
 * The tasks of a stage that run too long beside those that have succeeded (Spark's TaskSetManager.checkSpeculatableTasks): over the
 * threshold, and then either twice over it or with fewer records a second than the others.
 *
 * @param slots of the largest executor
 */
export function slowTasks(stage: StageRun, limits: SpeculationLimits, now: number, slots: number): RunningTask[] {
  if (stage.plan.barrier || stage.suspended) return []
  const { total, times } = stage
  const fitsOnOne = limits.durationThreshold !== undefined && total <= slots
  if (total === 1 && limits.durationThreshold === undefined) return []
  if (times.count >= Math.max(1, Math.floor(limits.quantile * total))) {
    const threshold = Math.max(limits.multiplier * times.median(), limits.minTaskRuntime)
    return onlyAttempts(stage).filter((task) => now - task.startedAt > threshold && isInefficient(task, stage, limits, threshold, now))
  }
  return fitsOnOne ? onlyAttempts(stage).filter((task) => now - task.startedAt > limits.durationThreshold!) : []
}

/** Running tasks that have no other attempt beside them. */
function onlyAttempts(stage: StageRun): RunningTask[] {
  const tasks = [...stage.running.values()]
  if (stage.speculated === 0) return tasks
  const attempts = new Map<number, number>()
  for (const { partition } of tasks) attempts.set(partition, (attempts.get(partition) ?? 0) + 1)
  return tasks.filter(({ partition }) => attempts.get(partition) === 1)
}

function isInefficient(task: RunningTask, stage: StageRun, { efficiency }: SpeculationLimits, threshold: number, now: number): boolean {
  if (!efficiency) return true
  const runTime = now - task.startedAt
  return runTime > efficiency.longRunTaskFactor * threshold || task.records / runTime < efficiency.processRateMultiplier * stage.times.rate
}
