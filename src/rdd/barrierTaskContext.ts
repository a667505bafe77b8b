import { TsparkError } from '../events/tsparkError.js'
import { TaskContext, type TaskFacts } from './taskContext.js'

/** Where one task of a barrier stage runs (Spark's BarrierTaskInfo). */
export interface BarrierTaskInfo {
  /** `host:port` of the worker the task runs on; executors themselves listen at no port */
  readonly address: string
  readonly host: string
  readonly executorId: string
}

/** @internal what a slot adds for a task of a barrier stage */
export interface BarrierFacts {
  readonly tasks: readonly BarrierTaskInfo[]
  /** resolves to the messages of all tasks when all have made the same call */
  sync(epoch: number, call: 'barrier' | 'allGather', message: string): Promise<readonly string[]>
}

/** Longer messages are refused: every task gets all of them. */
const MOST_MESSAGE_CHARS = 1 << 20

/** What a function over a barrier stage's partition can do besides: wait for the other tasks, which run at the same time (Spark's BarrierTaskContext). */
export class BarrierTaskContext extends TaskContext {
  readonly #barrier: BarrierFacts
  #epoch = 0
  #waits = false

  /** @internal */
  constructor(facts: TaskFacts, barrier: BarrierFacts) {
    super(facts)
    this.#barrier = barrier
  }

  /** The context of the running task. Throws outside of functions given to `rdd.barrier()`'s methods and what runs in one stage with them. */
  static override get(): BarrierTaskContext {
    const context = TaskContext.get()
    if (context instanceof BarrierTaskContext) return context
    throw new TsparkError('TSPARK_BARRIER', 'BarrierTaskContext.get(): this is not a task of a barrier stage', {
      hint: 'call it inside a function given to rdd.barrier().mapPartitions()',
    })
  }

  /**
   * Waits until all tasks of the stage have called it as often as this one. Every task must make the same calls in the same
   * order: the stage fails when a task ends instead, or calls `allGather` instead. Costs a message to the driver and back.
   */
  async barrier(): Promise<void> {
    await this.#sync('barrier', '')
  }

  /**
   * Waits like `barrier` and gives the messages of all tasks in the order of partitions. A message has at most 1 Mi characters;
   * each task gets all of them.
   */
  async allGather(message: string): Promise<string[]> {
    if (typeof message !== 'string') throw new TsparkError('TSPARK_ARGUMENT', `allGather(): the message must be a string, not ${typeof message}`)
    if (message.length > MOST_MESSAGE_CHARS) {
      throw new TsparkError('TSPARK_ARGUMENT', `allGather(): the message has ${message.length} characters, more than ${MOST_MESSAGE_CHARS}`)
    }
    return [...(await this.#sync('allGather', message))]
  }

  /** Where all tasks of the stage run, in the order of partitions. */
  getTaskInfos(): BarrierTaskInfo[] {
    return this.#barrier.tasks.map((info) => ({ ...info }))
  }

  async #sync(call: 'barrier' | 'allGather', message: string): Promise<readonly string[]> {
    if (this.#waits)
      throw new TsparkError('TSPARK_BARRIER', `${call}(): an earlier call of this task still waits`, { hint: 'await each call before the next one' })
    this.#waits = true
    try {
      return await this.#barrier.sync(this.#epoch, call, message)
    } catch (error) {
      // made anew here, so that its stack leads to the user's line
      throw TsparkError.is(error) ? new TsparkError(error.code, error.message, { hint: error.hint }) : error
    } finally {
      this.#epoch++
      this.#waits = false
    }
  }
}
