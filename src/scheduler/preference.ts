import type { ExecutorSlots } from './executorSlots.js'

/** Where a task would like to run: on executors that hold its data, or on any of the hosts that do. */
export interface Preference {
  readonly kind: 'executor' | 'host'
  /** ids */
  readonly places: ReadonlySet<string>
}

export function likes({ kind, places }: Preference, executor: Pick<ExecutorSlots, 'executorId' | 'hostId'>): boolean {
  return places.has(kind === 'executor' ? executor.executorId : executor.hostId)
}
