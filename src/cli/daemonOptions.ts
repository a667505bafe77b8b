import type { SchedulingMode } from '../master/schedulingMode.js'

/** What both daemons take. */
export interface DaemonOptions {
  host: string
  port: number
  tokenFile?: string
  daemon?: boolean
}

/** The options of `tspark start-worker`: memory in bytes. */
export interface WorkerOptions extends DaemonOptions {
  cores?: number
  memory?: number
  localDirs?: string[]
}

/** The options of `tspark start-master`. */
export interface MasterOptions extends DaemonOptions {
  scheduling: SchedulingMode
  recoveryDir?: string
  standby?: boolean
}
