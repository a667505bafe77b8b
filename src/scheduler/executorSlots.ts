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
  /** tasks it was given and that have not ended */
  readonly running: Set<number>
  /** stage attempts whose program it has */
  readonly programs: Set<string>
}
