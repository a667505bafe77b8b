/** The task was asked to stop. */
export class KilledError extends Error {
  override readonly name = 'KilledError'
}
