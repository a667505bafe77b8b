/** How long the successful tasks of a stage took, and how fast they read. */
export class TaskTimes {
  readonly #durations: number[] = []
  #median: number | undefined
  #records = 0
  #total = 0

  get count(): number {
    return this.#durations.length
  }

  /** records a ms */
  get rate(): number {
    return this.#total === 0 ? 0 : this.#records / this.#total
  }

  add(duration: number, records: number): void {
    this.#durations.push(duration)
    this.#median = undefined
    this.#records += records
    this.#total += duration
  }

  median(): number {
    const sorted = this.#median === undefined ? this.#durations.toSorted((a, b) => a - b) : []
    const half = sorted.length >> 1
    this.#median ??= sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
    return this.#median
  }
}
