import type { StageProgress } from '../events/event.js'
import type { Scheduler } from '../scheduler/scheduler.js'

const PROGRESS_MS = 200

/** While anything runs: tells how far stages are, and has the scheduler look again at tasks that wait for their data. */
export class ProgressClock {
  #timer: NodeJS.Timeout | undefined

  constructor(
    readonly scheduler: Scheduler,
    readonly tell: (stages: StageProgress[]) => void,
  ) {}

  start(): void {
    this.#timer ??= setInterval(() => {
      this.tell(this.#stages())
      this.scheduler.schedule()
    }, PROGRESS_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #stages(): StageProgress[] {
    const slots = this.scheduler.executors.reduce((sum, { cores }) => sum + cores, 0)
    return this.scheduler.activeStages.map((stage) => ({
      stageId: stage.stageId,
      stageAttempt: stage.attempt,
      name: stage.plan.name,
      total: stage.total,
      done: stage.done,
      running: Math.min(stage.running.size, slots),
      failed: stage.failed,
      shuffleBytes: stage.shuffleReadBytes + stage.shuffleWriteBytes,
    }))
  }
}
