import { TsparkError } from '../events/tsparkError.js'
import type { ExecutorTaskEnd } from '../protocol/executorMessages.js'
import type { JobRequest } from '../rdd/jobRunner.js'

type Success = Extract<ExecutorTaskEnd, { kind: 'Success' }>

/** What the partitions of a running job have given so far: values in place, or handed on as they come. */
export class JobResults {
  readonly values: unknown[]
  #bytes = 0

  constructor(
    readonly request: JobRequest,
    /** bytes all results together may have; 0: any */
    readonly limit: number,
  ) {
    this.values = new Array<unknown>(request.onResult ? 0 : request.partitions.length)
  }

  /** Takes in the end of a task. @param fail told when the result is too much, or cannot be decoded */
  take(position: number, end: Success, fail: (error: unknown) => void): void {
    this.#bytes += end.result?.byteLength ?? end.resultBlock?.size ?? 0
    if (this.limit > 0 && this.#bytes > this.limit) return fail(this.#tooLarge())
    try {
      const value = this.request.decode(end.result ?? new Uint8Array(0))
      if (this.request.onResult) this.request.onResult(position, value)
      else this.values[position] = value
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
