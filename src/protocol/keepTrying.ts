import { setTimeout as sleep } from 'node:timers/promises'
import { TsparkError } from '../events/tsparkError.js'

const ATTEMPT_MS = 5_000
const MIN_ATTEMPT_MS = 200
const MIN_BACKOFF_MS = 100
const MAX_BACKOFF_MS = 2_000

/** How long a master that cannot be reached is tried; the last attempt's own limit keeps it below the 20 s we promise. */
export const MASTER_PATIENCE_MS = 19_000

/**
 * Repeats an attempt to reach a daemon while it fails with TSPARK_MASTER_UNREACHABLE, for at most `patienceMs`; then, and
 * for every other failure at once, it fails with the last error. `attempt` gets the time it may take.
 */
export async function keepTrying<T>(patienceMs: number, attempt: (timeoutMs: number) => Promise<T>, stopEarly?: AbortSignal): Promise<T> {
  const deadline = performance.now() + patienceMs
  for (let backoff = MIN_BACKOFF_MS; ; backoff = Math.min(backoff * 2, MAX_BACKOFF_MS)) {
    try {
      return await attempt(Math.max(MIN_ATTEMPT_MS, Math.min(ATTEMPT_MS, deadline - performance.now())))
    } catch (error) {
      const final = !TsparkError.is(error) || error.code !== 'TSPARK_MASTER_UNREACHABLE'
      if (final || stopEarly?.aborted || performance.now() + backoff >= deadline) throw error
      await sleep(backoff, undefined, { signal: stopEarly }).catch(() => {})
    }
  }
}
