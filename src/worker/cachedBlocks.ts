import type { ExecutorToWorker, WorkerToExecutor } from '../protocol/workerMessages.js'
import type { LocalDirs } from '../storage/localDirs.js'

/** An executor's main thread is never busy for so long. */
const PATIENCE_MS = 10_000

interface Waiting {
  readonly executorId: string
  done(file: { path: string; temporary: boolean } | undefined): void
}

/** Asks executors for files with cached partitions that others want to read. */
export class CachedBlocks {
  #next = 0
  readonly #waiting = new Map<number, Waiting>()

  constructor(
    readonly dirs: LocalDirs,
    /** false: there is no such executor */
    readonly ask: (executorId: string, message: Extract<WorkerToExecutor, { type: 'openCached' }>) => boolean,
  ) {}

  /** The file of a block, undefined if the executor does not hold it; a temporary one is removed by who asked. */
  open(executorId: string, rddId: number, partition: number): Promise<{ path: string; temporary: boolean } | undefined> {
    const request = this.#next++
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#done(request, undefined), PATIENCE_MS)
      this.#waiting.set(request, {
        executorId,
        done: (file) => {
          clearTimeout(timer)
          resolve(file)
        },
      })
      if (!this.ask(executorId, { type: 'openCached', request, rddId, partition })) this.#done(request, undefined)
    })
  }

  opened({ request, file }: Extract<ExecutorToWorker, { type: 'cachedOpened' }>): void {
    const name = file && /^[\w.:-]{1,255}$/.test(file.name) ? file.name : undefined
    this.#done(request, file && name !== undefined ? { path: this.dirs.find(file.folder, name), temporary: file.folder === 'tmp' } : undefined)
  }

  executorEnded(executorId: string): void {
    for (const [request, waiting] of this.#waiting) if (waiting.executorId === executorId) this.#done(request, undefined)
  }

  #done(request: number, file: { path: string; temporary: boolean } | undefined): void {
    this.#waiting.get(request)?.done(file)
    this.#waiting.delete(request)
  }
}
