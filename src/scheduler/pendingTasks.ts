import type { ExecutorSlots } from './executorSlots.js'
import type { Offers } from './offers.js'
import { likes, type Preference } from './preference.js'

/** The partitions of a stage that wait for a slot; those that like certain executors or hosts wait for them for a while. */
export class PendingTasks {
  /** ms */
  readonly #localityWait: number
  readonly #waiting = new Set<number>()
  #anywhere: number[] = []
  #next = 0
  readonly #preferring = { executor: new Map<string, number[]>(), host: new Map<string, number[]>() }
  readonly #preferences = new Map<number, { preference: Preference; since: number }>()

  /** @param localityWait how long a task waits for a place that holds its data, in ms (spark.locality.wait) */
  constructor(localityWait: number) {
    this.#localityWait = localityWait
  }

  get size(): number {
    return this.#waiting.size
  }

  add(partition: number, preference: Preference | undefined, now: number): void {
    this.#waiting.add(partition)
    if (!preference) {
      this.#preferences.delete(partition)
      this.#anywhere.push(partition)
      return
    }
    this.#preferences.set(partition, { preference, since: now })
    const queues = this.#preferring[preference.kind]
    for (const place of preference.places) {
      const queue = queues.get(place)
      if (queue) queue.push(partition)
      else queues.set(place, [partition])
    }
  }

  /** A partition for an executor, or undefined if none wants to run there now. */
  take(executor: ExecutorSlots, offers: Offers): number | undefined {
    if (offers.accepts) return this.#takeAccepted(executor, offers, offers.accepts)
    const { executor: byExecutor, host: byHost } = this.#preferring
    const near = this.#first(byExecutor.get(executor.executorId)) ?? this.#first(byHost.get(executor.hostId))
    if (near !== undefined) return near
    while (this.#next < this.#anywhere.length) {
      const partition = this.#anywhere[this.#next++]!
      if (this.#waiting.delete(partition)) return partition
    }
    this.#anywhere = []
    this.#next = 0
    if (offers.allHeld) return undefined
    for (const partition of this.#waiting) {
      if (this.#isHeld(partition, offers)) continue
      this.#waiting.delete(partition)
      return partition
    }
    offers.allHeld = true
    return undefined
  }

  /** Whether partitions wait for this executor or its host. */
  isLiked({ executorId, hostId }: ExecutorSlots): boolean {
    const { executor, host } = this.#preferring
    return (executor.get(executorId)?.length ?? 0) > 0 || (host.get(hostId)?.length ?? 0) > 0
  }

  #first(queue: number[] | undefined): number | undefined {
    while (queue && queue.length > 0) {
      const partition = queue.shift()!
      if (this.#waiting.delete(partition)) return partition
    }
    return undefined
  }

  #takeAccepted(executor: ExecutorSlots, offers: Offers, accepts: (partition: number, executor: ExecutorSlots) => boolean): number | undefined {
    const wanted = [...this.#waiting].filter((partition) => accepts(partition, executor))
    const near = wanted.find((partition) => {
      const known = this.#preferences.get(partition)
      return known && likes(known.preference, executor)
    })
    const taken = near ?? wanted.find((partition) => !this.#isHeld(partition, offers))
    if (taken !== undefined) this.#waiting.delete(taken)
    return taken
  }

  /** Whether a partition still waits for a place that holds its data. */
  #isHeld(partition: number, offers: Offers): boolean {
    const known = this.#preferences.get(partition)
    return known !== undefined && offers.now - known.since < this.#localityWait && offers.reaches(partition, known.preference)
  }

  clear(): void {
    this.#waiting.clear()
  }
}
