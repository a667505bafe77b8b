import type { SchedulingMode } from '../master/schedulingMode.js'

/** What both daemons take. */
export interface DaemonOptions {
  host: string
  port: number
  tokenFile?: string
  daemon?: boolean
}

/** The options of `tspark start-worker`: memory in bytes, durations in milliseconds. */
export interface WorkerOptions extends DaemonOptions {
  publicHost?: string
  cores?: number
  memory?: number
  localDirs?: string[]
  heartbeatInterval: number
  executorTimeout: number
  orphanTimeout: number
  decommissionTimeout: number
}

/** The options of `tspark start-master`: durations in milliseconds. */
export interface MasterOptions extends DaemonOptions {
  scheduling: SchedulingMode
  recoveryDir?: string
  standby?: boolean
  workerTimeout: number
  driverTimeout: number
  recoveryTimeout: number
}
