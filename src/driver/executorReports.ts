import { TsparkError } from '../events/tsparkError.js'
import type { ExecutorToDriver } from '../protocol/executorMessages.js'
import type { Scheduler } from '../scheduler/scheduler.js'
import type { ApplicationParts } from './applicationParts.js'
import type { BlockMigrator } from './blockMigrator.js'
import type { LargeResults } from './largeResults.js'

type Report<T extends ExecutorToDriver['type']> = Extract<ExecutorToDriver, { type: T }>

export interface ExecutorReportsParts extends ApplicationParts {
  readonly scheduler: Scheduler
  readonly migrator: BlockMigrator
  readonly largeResults: LargeResults
}

/** Takes in what executors report: ends of tasks, what they print, and what becomes of cached partitions. */
export class ExecutorReports {
  readonly #parts: ExecutorReportsParts
  #finished = 0

  constructor(parts: ExecutorReportsParts) {
    this.#parts = parts
  }

  /** Attempts that have succeeded so far. */
  get tasksFinished(): number {
    return this.#finished
  }

  receive(executorId: string, message: ExecutorToDriver): void {
    const { app, scheduler, migrator, storage } = this.#parts
    switch (message.type) {
      case 'tasksEnded':
        for (const task of message.tasks) {
          this.#checkRuns(executorId, task.taskId)
          if (this.#parts.largeResults.isLarge(task.end)) this.#fetched(executorId, task).catch((error) => app.notUnderstood(executorId, error))
          else this.#taskEnded(executorId, task)
        }
        scheduler.schedule()
        migrator.advance()
        break
      case 'console':
        this.#printed(executorId, message)
        break
      case 'uncached':
        for (const block of message.blocks) {
          scheduler.uncached(block, executorId)
          storage.removed(executorId, block)
        }
        break
      case 'movedToDisk':
        for (const block of message.blocks) storage.movedToDisk(executorId, block)
        break
      case 'replicated':
        this.#replicated(executorId, message)
        break
      case 'barrierSync':
        this.#checkRuns(executorId, message.taskId)
        scheduler.barrierSync(message.taskId, message)
        break
      case 'heartbeat':
        for (const [index, taskId] of message.running.entries()) scheduler.progress(taskId, message.records[index] ?? 0)
        break
      case 'commitRequest':
        this.#checkRuns(executorId, message.taskId)
        app.send(executorId, { type: 'commitAnswer', taskId: message.taskId, granted: scheduler.mayCommit(message.taskId) })
        break
    }
  }

  /** An executor speaks for its own tasks, and tells their ends once. */
  #checkRuns(executorId: string, taskId: number): void {
    if (!this.#parts.scheduler.runs(executorId, taskId)) throw new TsparkError('TSPARK_PROTOCOL', `it speaks of task ${taskId}, which it does not run`)
  }

  async #fetched(executorId: string, task: Report<'tasksEnded'>['tasks'][number]): Promise<void> {
    const { largeResults, scheduler, migrator } = this.#parts
    const wanted = scheduler.accepts(task.taskId, task.end) !== undefined
    this.#taskEnded(executorId, wanted ? { ...task, end: await largeResults.fetch(executorId, task.end) } : task)
    scheduler.schedule()
    migrator.advance()
  }

  #taskEnded(executorId: string, task: Report<'tasksEnded'>['tasks'][number]): void {
    const { scheduler, accumulators, places, storage, listeners } = this.#parts
    for (const { rddId, partition, bytes, onDisk = false, level } of task.cached) {
      if (!scheduler.cached(task.taskId, executorId, { rddId, partition }, level)) continue
      storage.stored(executorId, { rddId, partition }, bytes, onDisk)
    }
    // counted before the job can end by this task, so that main finds it when the action resolves
    const accepted = scheduler.accepts(task.taskId, task.end)
    if (accepted === 'held') accumulators.hold(task.taskId, task.accumulators)
    else if (accepted) accumulators.count(task.accumulators, accepted === 'result')
    if (task.end.kind === 'Success') this.#finished++
    const place = places.get(task.taskId)
    if (place) listeners.post('onTaskEnd', () => ({ taskId: task.taskId, ...place, executorId, reason: task.end.kind, metrics: task.metrics }))
    scheduler.taskEnded(task.taskId, executorId, task.end, task.metrics, task.hotKeys)
    places.ended(task.taskId)
  }

  #printed(executorId: string, { lines, stream }: Report<'console'>): void {
    for (const { taskId, text } of lines) {
      const place = taskId === undefined ? undefined : this.#parts.places.get(taskId)
      this.#parts.emit({ type: 'task.output', stream, executorId, ...place, text })
    }
  }

  #replicated(executorId: string, { rddId, partition, stored }: Report<'replicated'>): void {
    const { scheduler, storage, copies } = this.#parts
    const more = scheduler.copied({ rddId, partition }, executorId, stored !== undefined)
    if (stored && more) storage.stored(executorId, { rddId, partition }, stored.bytes, stored.onDisk)
    copies.changed()
  }
}
