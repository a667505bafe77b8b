import type { StageProgress } from '../events/event.js'
import type { Scheduler } from '../scheduler/scheduler.js'

const PROGRESS_MS = 200

/** While anything runs: tells how far stages are, looks for slow tasks, and has the scheduler look again at tasks that wait for their data. */
export class ProgressClock {
  #timer: NodeJS.Timeout | undefined
  #speculation: NodeJS.Timeout | undefined

  constructor(
    readonly scheduler: Scheduler,
    readonly tell: (stages: StageProgress[]) => void,
    /** how often to look for slow tasks, in ms; absent: never */
    readonly speculationInterval: number | undefined,
  ) {}

  start(): void {
    this.#timer ??= setInterval(() => {
      this.tell(this.#stages())
      this.scheduler.schedule()
    }, PROGRESS_MS)
    if (this.speculationInterval !== undefined) this.#speculation ??= setInterval(() => this.scheduler.speculate(), this.speculationInterval)
  }

  stop(): void {
    clearInterval(this.#timer)
    clearInterval(this.#speculation)
    this.#timer = undefined
    this.#speculation = undefined
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
