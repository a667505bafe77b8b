/** After what silence a master gives up on whom, in ms. */
export interface MasterTimeouts {
  /** a worker without a heartbeat */
  readonly worker: number
  /** a driver whose connection broke */
  readonly driver: number
  /** after a restart: all that it knew and that has not come back */
  readonly recovery: number
}

export const MASTER_TIMEOUTS: MasterTimeouts = { worker: 15_000, driver: 10_000, recovery: 20_000 }
