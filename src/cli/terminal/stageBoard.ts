import type { StageProgress, TsparkEvent } from '../../events/event.js'
import { progressText } from './progressText.js'

const APPEARS_AFTER_MS = 500
const PLAIN_EVERY_MS = 10_000
const SHOWN = 3

interface RunningStage {
  progress: StageProgress
  since: number
  toldAt: number
}

/** The stages that run now, and what to show of them; time is handed in. */
export class StageBoard {
  readonly #running = new Map<number, RunningStage>()

  add(event: TsparkEvent, now: number): void {
    if (event.type === 'stage.started') {
      const { stageId, stageAttempt, name, tasks } = event
      const progress = { stageId, stageAttempt, name, total: tasks, done: 0, running: 0, failed: 0, shuffleBytes: 0 }
      this.#running.set(stageId, { progress, since: now, toldAt: now })
    } else if (event.type === 'stage.progress') {
      for (const progress of event.stages) {
        const stage = this.#running.get(progress.stageId)
        if (stage) stage.progress = progress
      }
    } else if (event.type === 'stage.ended') this.#running.delete(event.stageId)
  }

  get active(): boolean {
    return this.#running.size > 0
  }

  /** The live area: a line a stage that has run for a moment, three at most. */
  live(now: number, width: number): string[] {
    const due = [...this.#running.values()].filter((stage) => now - stage.since >= APPEARS_AFTER_MS)
    const lines = due.slice(0, SHOWN).map((stage) => progressText(stage.progress, (now - stage.since) / 1000, width))
    if (due.length > SHOWN) lines.push(`+${due.length - SHOWN} more`)
    return lines
  }

  /** Progress lines that are due when there is no terminal: one a stage every ten seconds. */
  plain(now: number): string[] {
    const due = [...this.#running.values()].filter((stage) => now - stage.toldAt >= PLAIN_EVERY_MS)
    for (const stage of due) stage.toldAt = now
    return due.map((stage) => progressText(stage.progress, (now - stage.since) / 1000, 200))
  }
}
