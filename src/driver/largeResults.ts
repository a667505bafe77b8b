import type { ExecutorTaskEnd } from '../protocol/executorMessages.js'
import type { Application } from './application.js'
import { readResult } from './resultReader.js'

/**
 * Fetches the results that executors leave with their workers as files, before their tasks count as ended (Spark's
 * TaskResultGetter): what cannot be read is one more attempt, not the end of the job.
 */
export class LargeResults {
  readonly #app: Pick<Application, 'appId' | 'secret' | 'workerOf' | 'toWorker'>
  readonly #limit: number

  /** @param limit a result of more bytes is not fetched, since its job fails; 0: any is */
  constructor(app: Pick<Application, 'appId' | 'secret' | 'workerOf' | 'toWorker'>, limit: number) {
    this.#app = app
    this.#limit = limit
  }

  isLarge(end: ExecutorTaskEnd): boolean {
    return end.kind === 'Success' && end.resultBlock !== undefined && (this.#limit === 0 || end.resultBlock.size <= this.#limit)
  }

  /** The end of a task with its result in it, or that the result is lost. */
  async fetch(executorId: string, end: ExecutorTaskEnd): Promise<ExecutorTaskEnd> {
    if (end.kind !== 'Success' || !end.resultBlock) return end
    const { resultBlock, ...rest } = end
    const worker = this.#app.workerOf(executorId)
    try {
      if (!worker) throw new Error('its worker is gone')
      const bytes = await readResult(this.#app, worker, resultBlock)
      this.#app.toWorker(worker.workerId, { type: 'dropResult', name: resultBlock.name })
      return { ...rest, result: bytes as Uint8Array<ArrayBuffer> }
    } catch (error) {
      const message = `the result of the task, ${resultBlock.size} bytes on executor ${executorId}, could not be read: ${(error as Error).message}`
      return { kind: 'EngineError', retry: true, error: { name: 'TsparkError', code: 'TSPARK_CLUSTER', message } }
    }
  }
}
