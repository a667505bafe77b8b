import type { RunningMetrics } from '../plan/taskHost.js'

/** @internal what a slot knows of its task */
export interface TaskFacts {
  readonly stageId: number
  readonly stageAttempt: number
  readonly partition: number
  readonly numPartitions: number
  readonly cpus: number
  readonly attempt: number
  readonly taskId: number
  readonly properties: Readonly<Record<string, string>>
  readonly metrics: RunningMetrics
  isKilled(): boolean
}

type Listener = (context: TaskContext) => void
type FailureListener = (context: TaskContext, error: unknown) => void

let running: TaskContext | undefined

/** What a function can learn of the task it runs in (Spark's TaskContext). */
export class TaskContext {
  readonly #facts: TaskFacts
  readonly #completion: Listener[] = []
  readonly #failure: FailureListener[] = []

  /** @internal */
  constructor(facts: TaskFacts) {
    this.#facts = facts
  }

  /** The context of the running task; undefined in main. */
  static get(): TaskContext | undefined {
    return running
  }

  /** The index of the running task's partition; 0 in main. */
  static getPartitionId(): number {
    return running?.partitionId() ?? 0
  }

  /** @internal */
  static enter(context: TaskContext | undefined): void {
    running = context
  }

  /** The stage's number, unique in the application. */
  stageId(): number {
    return this.#facts.stageId
  }
  /** How often the stage was started before. */
  stageAttemptNumber(): number {
    return this.#facts.stageAttempt
  }
  /** The index of the partition, from 0. */
  partitionId(): number {
    return this.#facts.partition
  }
  /** How many partitions the stage has. */
  numPartitions(): number {
    return this.#facts.numPartitions
  }
  /** How often this partition was tried before, from 0. */
  attemptNumber(): number {
    return this.#facts.attempt
  }
  /** A number for this attempt that no other has. */
  taskAttemptId(): number {
    return this.#facts.taskId
  }
  /** What `sc.setLocalProperty` set when the job started. */
  getLocalProperty(key: string): string | undefined {
    return this.#facts.properties[key]
  }
  /** Cores the task takes: `spark.task.cpus`, or what `withResources` asked for. */
  cpus(): number {
    return this.#facts.cpus
  }
  /** Resources besides cores; none so far. */
  resources(): Record<string, never> {
    return {}
  }
  /** What the task has done so far: records and bytes. */
  taskMetrics(): Readonly<RunningMetrics> {
    return this.#facts.metrics
  }
  /** Whether the task is to stop. */
  isInterrupted(): boolean {
    return this.#facts.isKilled()
  }
  /** Calls a function when the task ends, however it ends; the last one added first. */
  addTaskCompletionListener(listener: Listener): this {
    this.#completion.push(listener)
    return this
  }
  /** Calls a function when the task fails, before the completion listeners. */
  addTaskFailureListener(listener: FailureListener): this {
    this.#failure.push(listener)
    return this
  }

  /** @internal */
  failed(error: unknown): void {
    for (const listener of this.#failure.splice(0).reverse()) listener(this, error)
  }
  /** @internal */
  completed(): void {
    for (const listener of this.#completion.splice(0).reverse()) listener(this)
  }
}
