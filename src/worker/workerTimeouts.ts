/** How often a worker tells that it lives, and after what silence it gives up on whom, in ms. */
export interface WorkerTimeouts {
  readonly heartbeat: number
  /** an executor that says nothing is ended */
  readonly executor: number
  /** an application whose driver is gone, and which the master did not end either */
  readonly orphan: number
}

export const WORKER_TIMEOUTS: WorkerTimeouts = { heartbeat: 1_000, executor: 20_000, orphan: 20_000 }
