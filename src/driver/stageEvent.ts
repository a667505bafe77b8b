import type { TsparkEvent } from '../events/event.js'
import type { StageCompleted, StageEvent } from '../rdd/sparkListener.js'
import type { StageRun } from '../scheduler/stageRun.js'

type StageEnded = Extract<TsparkEvent, { type: 'stage.ended' }>

/** A stage as listeners are told of it. */
export function stageEvent({ stageId, attempt, plan, total }: StageRun): StageEvent {
  return { stageId, stageAttempt: attempt, name: plan.name, numTasks: total }
}

/** A stage that has ended, as an event. */
export function stageEnded(stage: StageRun, ok: boolean): StageEnded {
  const { stageId, attempt, plan, done, failed, speculated, shuffleReadBytes, shuffleWriteBytes, spilledBytes } = stage
  const seconds = (performance.now() - stage.startedAt) / 1000
  const sizes = { shuffleReadBytes, shuffleWriteBytes, spilledBytes }
  return {
    type: 'stage.ended',
    stageId,
    stageAttempt: attempt,
    name: plan.name,
    tasks: done,
    failed,
    speculated,
    seconds,
    ...sizes,
    skew: stage.reads.skew(),
    ok,
  }
}

/** The same for listeners. */
export function stageCompleted(stage: StageRun, { seconds, shuffleReadBytes, shuffleWriteBytes, spilledBytes, failed, ok }: StageEnded): StageCompleted {
  return { ...stageEvent(stage), seconds, shuffleReadBytes, shuffleWriteBytes, spilledBytes, succeeded: ok, numFailedTasks: failed }
}
