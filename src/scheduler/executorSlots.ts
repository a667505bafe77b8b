/** One executor as the scheduler sees it. */
export interface ExecutorSlots {
  readonly executorId: string
  readonly workerId: string
  readonly host: string
  /** executors of one machine open each other's files: it has one id */
  readonly hostId: string
  readonly cores: number
  readonly memory: number
  /** gets no more tasks */
  draining?: boolean
  /** its worker is about to stop: its cached partitions move to others before it is let go */
  decommissioned?: boolean
  /** it was let go and ends any time */
  released?: boolean
  /** tasks it was given and that have not ended, with the cores of each */
  readonly running: Map<number, number>
  /** cores of those together; more than it has only where tasks of one core are queued */
  used: number
  /** stage attempts whose program it has */
  readonly programs: Set<string>
}

/** How many tasks of so many cores could start at once. */
export function freeSlots({ cores, used }: ExecutorSlots, cpus: number): number {
  return Math.max(0, Math.floor((cores - used) / cpus))
}

export function startTask(executor: ExecutorSlots, taskId: number, cpus: number): void {
  executor.running.set(taskId, cpus)
  executor.used += cpus
}

export function endTask(executor: ExecutorSlots, taskId: number): void {
  executor.used -= executor.running.get(taskId) ?? 0
  executor.running.delete(taskId)
}
