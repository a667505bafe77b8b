/** The partitions of a stage that wait for a slot; those that like certain executors wait for them for a while. */
export class PendingTasks {
  /** ms */
  readonly #localityWait: number
  readonly #waiting = new Set<number>()
  #anywhere: number[] = []
  #next = 0
  readonly #preferring = new Map<string, number[]>()
  readonly #preferences = new Map<number, { executors: ReadonlySet<string>; since: number }>()

  /** @param localityWait how long a task waits for an executor that holds its data, in ms (spark.locality.wait) */
  constructor(localityWait: number) {
    this.#localityWait = localityWait
  }

  get size(): number {
    return this.#waiting.size
  }

  add(partition: number, preferred: ReadonlySet<string> | undefined, now: number): void {
    this.#waiting.add(partition)
    if (!preferred || preferred.size === 0) {
      this.#preferences.delete(partition)
      this.#anywhere.push(partition)
      return
    }
    this.#preferences.set(partition, { executors: preferred, since: now })
    for (const executorId of preferred) {
      const queue = this.#preferring.get(executorId)
      if (queue) queue.push(partition)
      else this.#preferring.set(executorId, [partition])
    }
  }

  /** A partition for an executor, or undefined if none wants to run there now. */
  take(executorId: string, now: number, isAlive: (executorId: string) => boolean, accepts?: (partition: number) => boolean): number | undefined {
    if (accepts) return this.#takeAccepted(executorId, now, isAlive, accepts)
    const mine = this.#preferring.get(executorId)
    while (mine && mine.length > 0) {
      const partition = mine.shift()!
      if (this.#waiting.delete(partition)) return partition
    }
    while (this.#next < this.#anywhere.length) {
      const partition = this.#anywhere[this.#next++]!
      if (this.#waiting.delete(partition)) return partition
    }
    this.#anywhere = []
    this.#next = 0
    for (const partition of this.#waiting) {
      if (this.#isHeld(partition, now, isAlive)) continue
      this.#waiting.delete(partition)
      return partition
    }
    return undefined
  }

  #takeAccepted(executorId: string, now: number, isAlive: (executorId: string) => boolean, accepts: (partition: number) => boolean): number | undefined {
    const wanted = [...this.#waiting].filter(accepts)
    const near = wanted.find((partition) => this.#preferences.get(partition)?.executors.has(executorId))
    const taken = near ?? wanted.find((partition) => !this.#isHeld(partition, now, isAlive))
    if (taken !== undefined) this.#waiting.delete(taken)
    return taken
  }

  /** Whether a partition still waits for an executor that holds its data. */
  #isHeld(partition: number, now: number, isAlive: (executorId: string) => boolean): boolean {
    const preference = this.#preferences.get(partition)
    return preference !== undefined && now - preference.since < this.#localityWait && [...preference.executors].some(isAlive)
  }

  clear(): void {
    this.#waiting.clear()
  }
}
