import { TsparkError } from '../events/tsparkError.js'
import type { WorkerToExecutor } from '../protocol/workerMessages.js'

/** Asks the worker for blobs: the artifact, files, broadcasts, large slices. Each is asked for once. */
export class BlobClient {
  readonly #ask: (hash: string) => void
  readonly #paths = new Map<string, string>()
  readonly #waiting = new Map<string, { promise: Promise<string>; resolve: (path: string) => void; reject: (error: Error) => void }>()

  constructor(ask: (hash: string) => void) {
    this.#ask = ask
  }

  has(hash: string): boolean {
    return this.#paths.has(hash)
  }

  /** The path of the blob on this host, once it is there. */
  get(hash: string): Promise<string> {
    const path = this.#paths.get(hash)
    if (path !== undefined) return Promise.resolve(path)
    let entry = this.#waiting.get(hash)
    if (!entry) {
      let resolve!: (path: string) => void
      let reject!: (error: Error) => void
      const promise = new Promise<string>((yes, no) => {
        resolve = yes
        reject = no
      })
      entry = { promise, resolve, reject }
      this.#waiting.set(hash, entry)
      this.#ask(hash)
    }
    return entry.promise
  }

  /** It is not on this host any more. */
  forget(hash: string): void {
    this.#paths.delete(hash)
  }

  receive({ hash, path, error }: Extract<WorkerToExecutor, { type: 'blob' }>): void {
    const entry = this.#waiting.get(hash)
    this.#waiting.delete(hash)
    if (path !== undefined) {
      this.#paths.set(hash, path)
      entry?.resolve(path)
    } else entry?.reject(new TsparkError('TSPARK_DISK', error ?? 'a blob could not be fetched'))
  }
}
