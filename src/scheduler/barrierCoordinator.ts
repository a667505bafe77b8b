/** What a task of a barrier stage waits for: all others at the same call, or their messages too. */
export type BarrierCall = 'barrier' | 'allGather'

export interface BarrierRequest {
  readonly taskId: number
  readonly partition: number
  readonly executorId: string
  /** how many such calls the task has made before */
  readonly epoch: number
  readonly call: BarrierCall
  readonly message: string
}

/** What tasks that wait are told. */
export type BarrierAnswer = { readonly messages: readonly string[] } | { readonly error: string }

export interface BarrierRelease {
  readonly tasks: readonly BarrierRequest[]
  readonly answer: BarrierAnswer
}

/** Lets the tasks of one attempt of a barrier stage wait for each other (Spark's BarrierCoordinator). */
export class BarrierCoordinator {
  /** calls that all tasks have made */
  epoch = 0
  /** why the tasks cannot wait for each other any more */
  broken: string | undefined
  readonly #partitions: readonly number[]
  readonly #waiting = new Map<number, BarrierRequest>()
  readonly #ended = new Set<number>()
  #since = 0

  constructor(partitions: readonly number[]) {
    this.#partitions = partitions
  }

  /** A task calls barrier() or allGather(): everyone is released by the last one, or by the first that does not fit. */
  request(request: BarrierRequest, now: number): BarrierRelease | undefined {
    if (this.broken !== undefined) return { tasks: [request], answer: { error: this.broken } }
    const [first] = this.#waiting.values()
    if (!first) this.#since = now
    this.#waiting.set(request.partition, request)
    if (request.epoch !== this.epoch)
      return this.#break(`the task of partition ${request.partition} makes ${ordinal(request.epoch)}, the others ${ordinal(this.epoch)}`)
    if (first && first.call !== request.call) {
      return this.#break(
        `in ${ordinal(this.epoch)} the task of partition ${first.partition} calls ${first.call}(), the task of partition ${request.partition} ${request.call}()`,
      )
    }
    if (this.#ended.size > 0) return this.#break(this.#endedText())
    if (this.#waiting.size < this.#partitions.length) return undefined
    const messages = request.call === 'barrier' ? [] : this.#partitions.map((partition) => this.#waiting.get(partition)!.message)
    this.epoch++
    return this.#release({ messages })
  }

  /** A task has ended well: nobody may wait for it any more. */
  ended(partition: number): BarrierRelease | undefined {
    this.#ended.add(partition)
    return this.#waiting.size > 0 ? this.#break(this.#endedText()) : undefined
  }

  /** Ends a wait that takes too long. */
  check(now: number, timeout: number): BarrierRelease | undefined {
    if (this.#waiting.size === 0 || now - this.#since < timeout) return undefined
    const missing = this.#partitions.filter((partition) => !this.#waiting.has(partition))
    return this.#break(`${ordinal(this.epoch)} was not made by ${tasksOf(missing)} within ${timeout / 1000} s (spark.barrier.sync.timeout)`)
  }

  #endedText(): string {
    const waiting = [...this.#waiting.keys()].sort((a, b) => a - b)
    const ended = [...this.#ended].sort((a, b) => a - b)
    return `${tasksOf(ended)} ended after ${this.epoch} of these calls, while ${tasksOf(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} in ${ordinal(this.epoch)}`
  }

  #break(why: string): BarrierRelease {
    this.broken = `the tasks of a barrier stage do not call barrier() and allGather() alike: ${why}`
    return this.#release({ error: this.broken })
  }

  #release(answer: BarrierAnswer): BarrierRelease {
    const tasks = [...this.#waiting.values()]
    this.#waiting.clear()
    return { tasks, answer }
  }
}

function ordinal(epoch: number): string {
  return `call ${epoch + 1}`
}

/** The first few are enough to find the place. */
function tasksOf(partitions: readonly number[]): string {
  const named = `${partitions.slice(0, 5).join(', ')}${partitions.length > 5 ? `, … (${partitions.length} in all)` : ''}`
  return partitions.length === 1 ? `the task of partition ${named}` : `the tasks of partitions ${named}`
}
