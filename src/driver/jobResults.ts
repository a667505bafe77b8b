import { TsparkError } from '../events/tsparkError.js'
import type { ExecutorTaskEnd } from '../protocol/executorMessages.js'
import type { JobRequest } from '../rdd/jobRunner.js'

/** Results from so many bytes on are decoded when there is nothing else to do. */
const LARGE = 64 << 10

type Success = Extract<ExecutorTaskEnd, { kind: 'Success' }>

/** What the partitions of a running job have given so far: values in place, or handed on as they come. */
export class JobResults {
  readonly #values: unknown[]
  /** large ones that are here but not decoded yet */
  readonly #waiting: (() => void)[] = []
  #bytes = 0

  constructor(
    readonly request: JobRequest,
    /** bytes all results together may have; 0: any */
    readonly limit: number,
  ) {
    this.#values = new Array<unknown>(request.onResult ? 0 : request.partitions.length)
  }

  /**
   * Takes in the end of a task. A large result is decoded a little later: the slot gets its next task before.
   * @param fail told when the result is too much, or cannot be decoded
   */
  take(position: number, end: Success, fail: (error: unknown) => void): void {
    this.#bytes += end.result?.byteLength ?? end.resultBlock?.size ?? 0
    if (this.limit > 0 && this.#bytes > this.limit) return fail(this.#tooLarge())
    const bytes = end.result ?? new Uint8Array(0)
    if (bytes.byteLength < LARGE) return this.#decode(position, bytes, fail)
    if (this.#waiting.push(() => this.#decode(position, bytes, fail)) === 1) setImmediate(() => this.#decodeNext())
  }

  /** The values, now that all tasks have ended. */
  finish(): unknown[] {
    for (const decode of this.#waiting.splice(0)) decode()
    return this.#values
  }

  /** Nobody wants them any more. */
  close(): void {
    this.#waiting.length = 0
  }

  /** One at a time: what executors tell comes between. */
  #decodeNext(): void {
    this.#waiting.shift()?.()
    if (this.#waiting.length > 0) setImmediate(() => this.#decodeNext())
  }

  #decode(position: number, bytes: Uint8Array, fail: (error: unknown) => void): void {
    try {
      const value = this.request.decode(bytes)
      if (this.request.onResult) this.request.onResult(position, value)
      else this.#values[position] = value
    } catch (error) {
      fail(error)
    }
  }

  #tooLarge(): TsparkError {
    const most = `${mebibytes(this.limit)} MiB together (spark.driver.maxResultSize), more than the driver takes`
    return new TsparkError('TSPARK_RESULT_TOO_LARGE', `${this.request.name}: the results are larger than ${most}: ${mebibytes(this.#bytes)} MiB so far`, {
      hint: 'save them to files, reduce them in executors first, or raise the limit with --conf',
    })
  }
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20)
}
