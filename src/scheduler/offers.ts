import type { ExecutorSlots } from './executorSlots.js'
import { likes, type Preference } from './preference.js'

/** One look for slots for the tasks of a stage: which executors may get them does not change while it lasts. */
export class Offers {
  /** every task that waits still waits for a place it likes */
  allHeld = false
  #executorIds: ReadonlySet<string> | undefined
  #hostIds: ReadonlySet<string> | undefined

  constructor(
    readonly now: number,
    /** busy ones too */
    readonly executors: readonly ExecutorSlots[],
    readonly accepts?: (partition: number, executor: ExecutorSlots) => boolean,
  ) {}

  /** Whether any executor where a partition likes to run may get it, now or when it has a free slot. */
  reaches(partition: number, preference: Preference): boolean {
    const { accepts, executors } = this
    if (accepts) return executors.some((executor) => likes(preference, executor) && accepts(partition, executor))
    const ids = preference.kind === 'executor' ? this.#executors() : this.#hosts()
    for (const place of preference.places) if (ids.has(place)) return true
    return false
  }

  #executors(): ReadonlySet<string> {
    this.#executorIds ??= new Set(this.executors.map(({ executorId }) => executorId))
    return this.#executorIds
  }

  #hosts(): ReadonlySet<string> {
    this.#hostIds ??= new Set(this.executors.map(({ hostId }) => hostId))
    return this.#hostIds
  }
}
