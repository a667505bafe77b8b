/** A map output could not be read: it has to be computed again. */
export class FetchFailedError extends Error {
  override readonly name = 'FetchFailedError'

  constructor(
    readonly shuffleId: number,
    readonly mapIndex: number,
    readonly attemptId: number,
    readonly workerId: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
