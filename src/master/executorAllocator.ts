import { plural } from '../events/plural.js'
import type { Log } from '../protocol/log.js'
import type { WorkerInfo } from '../protocol/shapes.js'
import { type AppRecord, type ExecutorRecord, keyOf, tellDriver, tellWorker, type WorkerRecord } from './masterRecords.js'
import { leastExecutors, type PlacementInput, type PlacementWorker, place } from './placement.js'
import { executorsToReclaim } from './reclaim.js'
import type { RecoveryWindow } from './recoveryWindow.js'
import type { SchedulingMode } from './schedulingMode.js'

/** Carries out what placement decides about a master's workers. */
export class ExecutorAllocator {
  readonly #workers: ReadonlyMap<string, WorkerRecord>
  readonly #apps: ReadonlyMap<string, AppRecord>
  readonly #executors: Map<string, ExecutorRecord>
  readonly #recovery: RecoveryWindow
  readonly #options: { readonly scheduling?: SchedulingMode; readonly log: Log }

  constructor(
    workers: ReadonlyMap<string, WorkerRecord>,
    apps: ReadonlyMap<string, AppRecord>,
    executors: Map<string, ExecutorRecord>,
    recovery: RecoveryWindow,
    options: { readonly scheduling?: SchedulingMode; readonly log: Log },
  ) {
    this.#workers = workers
    this.#apps = apps
    this.#executors = executors
    this.#recovery = recovery
    this.#options = options
  }

  /** Has executors launched, and ended where that is fair, and tells who waits for what. */
  place(): void {
    // What is being taken back comes free piece by piece, and is meant for one application as a whole.
    if ([...this.#executors.values()].some(({ reclaimed }) => reclaimed)) return
    const apps = this.#served()
    if (apps.length === 0) return
    const input: PlacementInput<ExecutorRecord> = {
      scheduling: this.#options.scheduling,
      workers: [...this.#workers.values()].filter((worker) => worker.connection && !worker.draining).map(({ info }) => placementWorker(info)),
      apps: apps.map(({ appId, name, request }) => ({ appId, name, request })),
      executors: [...this.#executors.values()],
    }
    const placement = place(input)
    for (const { appId, workerId, cores, memory } of placement.grants) {
      const app = this.#apps.get(appId)
      const worker = this.#workers.get(workerId)
      if (!app || !worker) continue
      const executorId = String(app.nextExecutor++)
      app.workers?.add(workerId)
      this.#executors.set(keyOf(appId, executorId), { appId, executorId, workerId, cores, memory, started: false })
      tellWorker(worker, { type: 'launchExecutor', appId, executorId, cores, memory, appSecret: app.secret })
      this.#options.log(`${appId}: executor ${executorId} on ${workerId}, ${plural(cores, 'core')}`)
    }
    for (const [appId, reason] of placement.waiting) {
      const app = this.#apps.get(appId)
      if (app) tellWaiting(app, reason)
    }
    if (this.#options.scheduling === 'fair') this.#reclaim({ ...input, executors: [...this.#executors.values()] })
  }

  /** Applications that may get executors now: after a restart of the master nobody overtakes one that was there before and lacks something. */
  #served(): AppRecord[] {
    const served: AppRecord[] = []
    let missing: AppRecord | undefined
    for (const app of this.#apps.values()) {
      if (this.#recovery.isMissing(app.appId)) {
        if (this.#held(app) < leastExecutors(app.request)) missing ??= app
      } else if (!app.connection) continue
      else if (!missing) served.push(app)
      else if (this.#held(app) < leastExecutors(app.request)) {
        tellWaiting(app, `waiting for the driver of '${missing.name}' (${missing.appId}), which was here first, to come back to the restarted master`)
      }
    }
    return served
  }

  #held({ appId }: AppRecord): number {
    let held = 0
    for (const executor of this.#executors.values()) if (executor.appId === appId) held++
    return held
  }

  #reclaim(input: PlacementInput<ExecutorRecord>): void {
    for (const executor of executorsToReclaim({ ...input, executors: input.executors.filter(({ started }) => started) })) {
      executor.reclaimed = true
      const { appId, executorId, workerId } = executor
      const worker = this.#workers.get(workerId)
      if (!worker) continue
      this.#options.log(`${appId}: executor ${executorId} on ${workerId} ends so that another application gets its share`)
      tellWorker(worker, { type: 'killExecutor', appId, executorId, reason: 'another application gets its share' })
    }
  }
}

function tellWaiting(app: AppRecord, reason: string): void {
  if (app.waiting === reason) return
  app.waiting = reason
  tellDriver(app, { type: 'waiting', reason })
}

function placementWorker({ workerId, host, port, cores, memory }: WorkerInfo): PlacementWorker {
  return { workerId, label: `${workerId} (${host}:${port})`, cores, memory }
}
