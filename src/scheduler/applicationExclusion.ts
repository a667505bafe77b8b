import type { Exclusion, ExclusionLimits, Place } from './failureExclusion.js'

/** Executors and hosts the whole application avoids for a while, because tasks failed there that succeeded elsewhere (Spark's HealthTracker). */
export class ApplicationExclusion {
  readonly #limits: ExclusionLimits
  /** when failed tasks of each executor are forgotten */
  readonly #failures = new Map<string, number[]>()
  readonly #executors = new Map<string, { host: string; until: number }>()
  readonly #hosts = new Map<string, number>()

  constructor(limits: ExclusionLimits) {
    this.#limits = limits
  }

  /** Tasks of a stage that has succeeded had failed on an executor; gives what is avoided for that from now on. */
  failed({ executorId, host }: Place, tasks: number, now: number): Exclusion[] {
    const until = now + this.#limits.timeout
    const failures = (this.#failures.get(executorId) ?? []).filter((end) => end > now)
    for (let count = 0; count < tasks; count++) failures.push(until)
    this.#failures.set(executorId, failures)
    if (failures.length < this.#limits.appTasksPerExecutor || this.#isExecutorExcluded(executorId, now)) return []
    this.#executors.set(executorId, { host, until })
    const exclusions: Exclusion[] = [{ executorId, host, ms: this.#limits.timeout }]
    const onHost = [...this.#executors.values()].filter((other) => other.host === host && other.until > now)
    if (onHost.length < this.#limits.appExecutorsPerHost || this.#isHostExcluded(host, now)) return exclusions
    this.#hosts.set(host, until)
    return [...exclusions, { host, ms: this.#limits.timeout }]
  }

  excludes({ executorId, host }: Place, now: number): boolean {
    return this.#isExecutorExcluded(executorId, now) || this.#isHostExcluded(host, now)
  }

  #isExecutorExcluded(executorId: string, now: number): boolean {
    return (this.#executors.get(executorId)?.until ?? now) > now
  }

  #isHostExcluded(host: string, now: number): boolean {
    return (this.#hosts.get(host) ?? now) > now
  }
}
