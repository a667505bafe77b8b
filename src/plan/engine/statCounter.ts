/** Count, mean and variance of numbers in one pass (Welford 1962; merged as in Chan, Golub and LeVeque 1979), Spark's StatCounter. */
export class StatCounter {
  #n = 0
  #mean = 0
  #m2 = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY

  /** @internal */
  static of([n, mean, m2, min, max]: readonly [number, number, number, number, number]): StatCounter {
    const stats = new StatCounter()
    stats.#n = n
    stats.#mean = mean
    stats.#m2 = m2
    stats.#min = min
    stats.#max = max
    return stats
  }

  /** @internal */
  fields(): [number, number, number, number, number] {
    return [this.#n, this.#mean, this.#m2, this.#min, this.#max]
  }

  /** Takes one value. */
  merge(value: number): this {
    const delta = value - this.#mean
    this.#n++
    this.#mean += delta / this.#n
    this.#m2 += delta * (value - this.#mean)
    if (value < this.#min || Number.isNaN(value)) this.#min = value
    if (value > this.#max || Number.isNaN(value)) this.#max = value
    return this
  }

  /** Takes all values that another one took. */
  mergeStats(other: StatCounter): this {
    if (other.#n === 0) return this
    const delta = other.#mean - this.#mean
    const n = this.#n + other.#n
    this.#m2 += other.#m2 + (delta * delta * this.#n * other.#n) / n
    this.#mean = this.#n === 0 ? other.#mean : this.#mean + (delta * other.#n) / n
    this.#n = n
    this.#min = Math.min(this.#min, other.#min)
    this.#max = Math.max(this.#max, other.#max)
    return this
  }

  count(): number {
    return this.#n
  }
  mean(): number {
    return this.#mean
  }
  sum(): number {
    return this.#n * this.#mean
  }
  min(): number {
    return this.#min
  }
  max(): number {
    return this.#max
  }
  /** population variance; NaN of nothing */
  variance(): number {
    return this.#n === 0 ? Number.NaN : this.#m2 / this.#n
  }
  /** same as `variance` */
  popVariance(): number {
    return this.variance()
  }
  /** variance with n - 1; NaN below two values */
  sampleVariance(): number {
    return this.#n < 2 ? Number.NaN : this.#m2 / (this.#n - 1)
  }
  stdev(): number {
    return Math.sqrt(this.variance())
  }
  popStdev(): number {
    return this.stdev()
  }
  sampleStdev(): number {
    return Math.sqrt(this.sampleVariance())
  }
  toString(): string {
    return `(count: ${this.#n}, mean: ${this.#mean}, stdev: ${this.stdev()}, max: ${this.#max}, min: ${this.#min})`
  }
}
