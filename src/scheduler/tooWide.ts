import type { SchedulerState } from './schedulerState.js'

/** A stage that waits longer says what for. */
const TELL_AFTER_MS = 1500

/** Says of stages whose tasks take more cores than any executor has that they wait for a larger one. */
export function tellTooWide(state: SchedulerState): void {
  const { stages, executors, port } = state
  for (const stage of stages.values()) {
    if (stage.cpus === 1 || stage.pending.size === 0 || stage.suspended) continue
    let most = 0
    for (const { cores, draining } of executors.values()) if (!draining) most = Math.max(most, cores)
    // of an application without executors others tell what it waits for
    if (most === 0 || most >= stage.cpus) stage.tooWideSince = undefined
    else {
      stage.tooWideSince ??= state.now()
      if (stage.toldTooWide || state.now() - stage.tooWideSince < TELL_AFTER_MS) continue
      stage.toldTooWide = true
      port.waiting(
        stage,
        `stage ${stage.stageId} (${stage.plan.name}) has tasks of ${stage.cpus} cores and waits for an executor that has as many: the largest has ${most}`,
      )
    }
  }
}
