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
  /** tasks it was given and that have not ended */
  readonly running: Set<number>
  /** stage attempts whose program it has */
  readonly programs: Set<string>
}
