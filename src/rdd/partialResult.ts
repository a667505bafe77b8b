/** Makes a result of the values that have come so far (Spark's ApproximateEvaluator). */
export interface ApproximateEvaluator<U, R> {
  /** Takes in the value of a partition. */
  merge(partition: number, value: U): void
  /** What is known so far. */
  currentResult(): R
}

/** What was known after a time, and what is known in the end (Spark's PartialResult). */
export class PartialResult<R> {
  /** @internal made by `sc.runApproximateJob` */
  private constructor(
    /** What was known when the time was over. */
    readonly initialValue: R,
    /** Whether everything was known by then. */
    readonly isInitialValueFinal: boolean,
    private readonly whole: Promise<R>,
  ) {}

  /** The result of the whole job, when it has ended. @throws what made the job fail */
  getFinalValue(): Promise<R> {
    return this.whole
  }

  /** @internal */
  static async after<R>(whole: Promise<R>, current: () => R, timeoutMs: number): Promise<PartialResult<R>> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), timeoutMs)
    })
    try {
      const ended = await Promise.race([whole.then((value) => ({ value })), late])
      if (ended) return new PartialResult(ended.value, true, whole)
      // whoever asks for the final value is told of a failure
      whole.catch(() => {})
      return new PartialResult(current(), false, whole)
    } finally {
      clearTimeout(timer)
    }
  }
}
