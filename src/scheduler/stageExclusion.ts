import type { ExclusionLimits, Place } from './failureExclusion.js'

/** Where tasks of one stage have failed, and which places it avoids for that (Spark's TaskSetExcludelist). */
export class StageExclusion {
  readonly #limits: ExclusionLimits
  /** failed attempts by executor and partition */
  readonly #failures = new Map<string, { host: string; attempts: Map<number, number> }>()

  constructor(limits: ExclusionLimits) {
    this.#limits = limits
  }

  failed(partition: number, { executorId, host }: Place): void {
    const known = this.#failures.get(executorId) ?? { host, attempts: new Map<number, number>() }
    this.#failures.set(executorId, known)
    known.attempts.set(partition, (known.attempts.get(partition) ?? 0) + 1)
  }

  /** Whether one task avoids an executor, or its host. */
  excludesFor(partition: number, { executorId, host }: Place): boolean {
    if (this.#attempts(executorId, partition) >= this.#limits.taskAttemptsPerExecutor) return true
    let onHost = 0
    for (const [other, failures] of this.#failures) if (failures.host === host) onHost += this.#attempts(other, partition)
    return onHost >= this.#limits.taskAttemptsPerHost
  }

  excludesExecutor(executorId: string): boolean {
    return (this.#failures.get(executorId)?.attempts.size ?? 0) >= this.#limits.stageTasksPerExecutor
  }

  excludesHost(host: string): boolean {
    const excluded = [...this.#failures].filter(([executorId, failures]) => failures.host === host && this.excludesExecutor(executorId))
    return excluded.length >= this.#limits.stageExecutorsPerHost
  }

  /** Every executor on which tasks failed, and how many different ones. */
  *failures(): Iterable<{ place: Place; tasks: number }> {
    for (const [executorId, { host, attempts }] of this.#failures) yield { place: { executorId, host }, tasks: attempts.size }
  }

  #attempts(executorId: string, partition: number): number {
    return this.#failures.get(executorId)?.attempts.get(partition) ?? 0
  }
}
