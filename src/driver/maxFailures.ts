import type { MasterUrl } from '../cluster/masterUrl.js'
import type { Settings } from '../protocol/settings.js'

const DEFAULT_ATTEMPTS = 4

/** F of local[N,F], else the setting, else once in local[N] and four times elsewhere. */
export function maxFailures(master: MasterUrl, settings: Settings): number {
  if (master.kind === 'local' && master.maxFailures > 1) return master.maxFailures
  return settings['spark.task.maxFailures'] ?? (master.kind === 'local' ? 1 : DEFAULT_ATTEMPTS)
}
