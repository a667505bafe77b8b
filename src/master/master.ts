import { randomBytes } from 'node:crypto'
import type { ErrorCode } from '../events/errorCodes.js'
import { plural } from '../events/plural.js'
import { TsparkError } from '../events/tsparkError.js'
import { formatAddress } from '../protocol/address.js'
import { causedByApp } from '../protocol/causedByApp.js'
import { decodeMessage } from '../protocol/codec.js'
import type { Connection } from '../protocol/connection.js'
import { guarded } from '../protocol/guarded.js'
import type { Log } from '../protocol/log.js'
import { type DriverToMaster, driverToMaster, type WorkerToMaster, workerToMaster } from '../protocol/masterMessages.js'
import { Server } from '../protocol/server.js'
import type { ExitCause } from '../protocol/shapes.js'
import { Sweep } from '../protocol/sweep.js'
import { sameSecret } from '../protocol/upgrade.js'
import { ExecutorAllocator } from './executorAllocator.js'
import {
  type AppRecord,
  appRecord,
  type ExecutorRecord,
  executorIdAfter,
  hex,
  keyOf,
  sameWorker,
  tellDriver,
  tellWorker,
  type WorkerRecord,
} from './masterRecords.js'
import { masterSnapshot } from './masterSnapshot.js'
import { MasterStore } from './masterStore.js'
import { MASTER_TIMEOUTS, type MasterTimeouts } from './masterTimeouts.js'
import { RecoveryWindow } from './recoveryWindow.js'
import type { SchedulingMode } from './schedulingMode.js'

/** a worker that lives dials again within a fraction of a second */
const WORKER_GRACE_MS = 2_000
/** at least; an application with many executors may lose each of them twice */
const MAX_FRUITLESS_DEATHS = 10

export interface MasterOptions {
  host: string
  port: number
  token: string
  /** the folder for what it must know after a restart, by its real port; without it nothing is kept */
  stateDir?: (port: number) => string
  /** whether this master may still write there; asked each time */
  mayWrite?: () => boolean
  /** FIFO if absent */
  scheduling?: SchedulingMode
  /** the usual ones if absent */
  timeouts?: MasterTimeouts
  log: Log
}

/** Knows the workers and shares them out to applications; never loads user code. */
export class Master {
  readonly #options: MasterOptions
  readonly #workers = new Map<string, WorkerRecord>()
  /** in the order of their coming */
  readonly #apps = new Map<string, AppRecord>()
  readonly #executors = new Map<string, ExecutorRecord>()
  readonly #allocator: ExecutorAllocator
  readonly #recovery: RecoveryWindow
  readonly #timeouts: MasterTimeouts
  readonly #sweep: Sweep
  #masterId = `master-${randomBytes(4).toString('hex')}`
  #nextApp = 1
  #server!: Server
  #store!: MasterStore
  #stopped = false

  private constructor(options: MasterOptions) {
    this.#options = options
    this.#timeouts = options.timeouts ?? MASTER_TIMEOUTS
    this.#recovery = new RecoveryWindow(options.log)
    this.#allocator = new ExecutorAllocator(this.#workers, this.#apps, this.#executors, this.#recovery, options)
    this.#sweep = new Sweep(() => this.#dropSilentWorkers())
  }

  /** Listens and takes up what a master before it left in `stateDir`. */
  static async start(options: MasterOptions): Promise<Master> {
    const master = new Master(options)
    try {
      master.#server = await Server.start({
        host: options.host,
        port: options.port,
        secretFor: (app) => (app === undefined ? options.token : undefined),
        onConnection: (connection, peer) => master.#accept(connection, peer.role),
      })
      master.#store = new MasterStore(
        options.stateDir?.(master.port),
        () => masterSnapshot(master.#masterId, master.#nextApp, master.#apps, master.#workers, master.#executors),
        options.log,
        options.mayWrite,
      )
      master.#recover()
      return master
    } catch (error) {
      master.#sweep.stop()
      await master.#server?.stop()
      throw error
    }
  }

  get port(): number {
    return this.#server.port
  }

  get url(): string {
    return formatAddress(this.#options.host, this.#server.port)
  }

  /** Ends service; applications that still run are kept in the state for the next start. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#sweep.stop()
    for (const { grace } of [...this.#workers.values(), ...this.#apps.values()]) clearTimeout(grace)
    this.#store.close()
    await this.#server.stop()
  }

  #accept(connection: Connection, role: string): void {
    if (role === 'worker') this.#acceptWorker(connection)
    else if (role === 'driver') this.#acceptDriver(connection)
    else connection.close('executors talk to their worker')
  }

  // Workers

  #acceptWorker(connection: Connection): void {
    let worker: WorkerRecord | undefined
    connection.onMessage(
      guarded(connection, this.#options.log, (frame) => {
        const message = decodeMessage(workerToMaster, frame)
        if (message.type === 'registerWorker' && !worker) worker = this.#registerWorker(connection, message)
        else if (message.type === 'registerWorker') throw new TsparkError('TSPARK_PROTOCOL', 'a worker registered twice over one connection')
        else if (worker) this.#fromWorker(worker, message)
        else throw new TsparkError('TSPARK_PROTOCOL', 'a worker spoke before it registered')
      }),
    )
    connection.onClose((reason) => {
      if (!worker || worker.connection !== connection || this.#stopped) return
      worker.connection = undefined
      const { info } = worker
      this.#options.log(`connection to ${info.workerId} lost: ${reason}`)
      worker.grace = this.#later(WORKER_GRACE_MS, () => this.#loseWorker(info.workerId, `its connection was lost: ${reason}`))
      this.#allocator.place()
    })
  }

  #registerWorker(connection: Connection, message: Extract<WorkerToMaster, { type: 'registerWorker' }>): WorkerRecord {
    const { worker: info, executors } = message
    const known = this.#workers.get(info.workerId)
    if (known && !sameWorker(known.info, info)) throw new TsparkError('TSPARK_PROTOCOL', `${info.workerId} is the name of another worker`)
    clearTimeout(known?.grace)
    known?.connection?.close('it registered again')
    const worker: WorkerRecord = { info, connection, lastHeard: performance.now() }
    this.#workers.set(info.workerId, worker)
    this.#options.log(`${info.workerId} at ${info.host}:${info.port} registered: ${plural(info.cores, 'core')}, ${Math.floor(info.memory / 1048576)} MiB`)
    this.#recovery.settled(info.workerId)
    tellWorker(worker, { type: 'registered', masterId: this.#masterId, knownApps: [...this.#apps.keys()], workerTimeout: this.#timeouts.worker })
    const reported = new Set(executors.map((executor) => keyOf(executor.appId, executor.executorId)))
    for (const executor of executors) {
      const key = keyOf(executor.appId, executor.executorId)
      const record = this.#executors.get(key) ?? { ...executor, workerId: info.workerId, started: false }
      if (record.workerId !== info.workerId) continue
      // What it was told before its connection broke may not have arrived.
      record.reclaimed = false
      this.#executors.set(key, record)
      this.#confirm(record)
    }
    for (const [key, executor] of this.#executors) {
      if (executor.workerId === info.workerId && !reported.has(key)) this.#endExecutor(executor, { kind: 'lost' })
    }
    this.#changed()
    return worker
  }

  #fromWorker(worker: WorkerRecord, message: Exclude<WorkerToMaster, { type: 'registerWorker' }>): void {
    worker.lastHeard = performance.now()
    switch (message.type) {
      case 'heartbeat':
        return
      case 'executorStarted': {
        const executor = this.#executorOf(worker, message)
        if (executor) this.#confirm(executor)
        return
      }
      case 'executorEnded': {
        const executor = this.#executorOf(worker, message)
        if (!executor) return
        this.#endExecutor(executor, message.cause)
        this.#countDeath(executor, message.cause)
        this.#changed()
        return
      }
      case 'appOver': {
        const app = this.#apps.get(message.appId)
        // one that is connected says so itself
        if (app && !app.connection && (app.workers?.has(worker.info.workerId) ?? true)) this.#endApp(app, 'its driver has ended')
        return
      }
      case 'draining':
        worker.draining = true
        this.#options.log(`${worker.info.workerId} is draining`)
        this.#changed()
        return
      case 'leaving':
        this.#loseWorker(worker.info.workerId, 'it was stopped')
    }
  }

  /** A worker has a say in its own executors only. */
  #executorOf({ info }: WorkerRecord, { appId, executorId }: { appId: string; executorId: string }): ExecutorRecord | undefined {
    const executor = this.#executors.get(keyOf(appId, executorId))
    return executor?.workerId === info.workerId ? executor : undefined
  }

  #dropSilentWorkers(): void {
    const oldest = performance.now() - this.#timeouts.worker
    for (const { info, connection, lastHeard } of this.#workers.values()) {
      if (!connection || lastHeard > oldest) continue
      connection.terminate('no heartbeat')
      this.#loseWorker(info.workerId, `no heartbeat for ${this.#timeouts.worker / 1000} s`)
    }
  }

  #loseWorker(workerId: string, reason: string): void {
    const worker = this.#workers.get(workerId)
    if (!worker) return
    clearTimeout(worker.grace)
    // the end of this connection, told later, says nothing about a worker that has come back meanwhile
    worker.connection = undefined
    this.#workers.delete(workerId)
    this.#recovery.settled(workerId)
    this.#options.log(`${workerId} is lost: ${reason}`)
    for (const executor of this.#executors.values()) {
      if (executor.workerId === workerId) this.#endExecutor(executor, { kind: 'lost' })
    }
    for (const app of this.#apps.values()) tellDriver(app, { type: 'workerLost', workerId, reason })
    this.#changed()
  }

  // Executors

  /** The worker has it: only now can the driver attach there. */
  #confirm(executor: ExecutorRecord): void {
    if (executor.started) return
    executor.started = true
    const app = this.#apps.get(executor.appId)
    if (app) this.#tellGrant(app, executor)
  }

  #tellGrant(app: AppRecord, { executorId, workerId, cores, memory }: ExecutorRecord): void {
    const worker = this.#workers.get(workerId)
    if (worker) tellDriver(app, { type: 'executorGranted', grant: { executorId, worker: worker.info, cores, memory } })
  }

  #endExecutor(executor: ExecutorRecord, cause: ExitCause): void {
    this.#executors.delete(keyOf(executor.appId, executor.executorId))
    const app = this.#apps.get(executor.appId)
    if (app) tellDriver(app, { type: 'executorEnded', executorId: executor.executorId, cause })
  }

  #countDeath(executor: ExecutorRecord, cause: ExitCause): void {
    const app = this.#apps.get(executor.appId)
    if (!app || !causedByApp(cause)) return
    app.fruitlessDeaths++
    if (app.fruitlessDeaths < MAX_FRUITLESS_DEATHS) return
    const last = [cause.signal ? `signal ${cause.signal}` : `exit code ${cause.exitCode}`, cause.guess].filter(Boolean).join(', ')
    this.#failApp(app, 'TSPARK_EXECUTORS_LOST', `${app.fruitlessDeaths} executors died one after the other without finishing a task; the last: ${last}`)
  }

  // Drivers

  #acceptDriver(connection: Connection): void {
    let app: AppRecord | undefined
    connection.onMessage(
      guarded(connection, this.#options.log, (frame) => {
        const message = decodeMessage(driverToMaster, frame)
        if (message.type === 'registerApp' && !app) app = this.#registerApp(connection, message)
        else if (message.type === 'registerApp') throw new TsparkError('TSPARK_PROTOCOL', 'a driver registered twice over one connection')
        else if (!app || message.appId !== app.appId) throw new TsparkError('TSPARK_PROTOCOL', 'a driver spoke for an application that is not its own')
        else if (message.type === 'unregisterApp') this.#endApp(app, 'it is finished')
        else if (message.type === 'requestExecutors') this.#wants(app, message.total)
        else this.#progress(app, message.tasksFinished)
      }),
    )
    connection.onClose((reason) => {
      if (!app || app.connection !== connection || this.#stopped) return
      app.connection = undefined
      if (!this.#apps.has(app.appId)) return
      const lost = app
      this.#options.log(`connection to the driver of ${app.appId} lost: ${reason}`)
      app.grace = this.#later(this.#timeouts.driver, () => this.#endApp(lost, 'its driver is gone'))
    })
  }

  #registerApp(connection: Connection, message: Extract<DriverToMaster, { type: 'registerApp' }>): AppRecord {
    const app = this.#returningApp(message) ?? this.#newApp(message)
    clearTimeout(app.grace)
    app.connection?.close('its driver registered again')
    app.connection = connection
    app.request = message.resources
    app.waiting = ''
    this.#recovery.settled(app.appId)
    this.#apps.set(app.appId, app)
    this.#options.log(`${app.appId} '${app.name}' registered`)
    tellDriver(app, { type: 'appRegistered', appId: app.appId, appSecret: app.secret })
    for (const executor of this.#executors.values()) {
      if (executor.appId === app.appId && executor.started) this.#tellGrant(app, executor)
    }
    this.#changed()
    return app
  }

  /** A driver that comes back proves with the secret that the application is its own; a master that forgot it learns it anew. */
  #returningApp({ appId, appSecret, name, resources }: Extract<DriverToMaster, { type: 'registerApp' }>): AppRecord | undefined {
    if (appId === undefined || appSecret === undefined) return undefined
    const known = this.#apps.get(appId)
    if (!known) return appRecord(appId, name, appSecret, resources, executorIdAfter(this.#executors.values(), appId))
    if (sameSecret(hex(known.secret), hex(appSecret))) return known
    throw new TsparkError('TSPARK_UNAUTHORIZED', `the secret of ${appId} is wrong`)
  }

  #newApp({ name, resources }: Extract<DriverToMaster, { type: 'registerApp' }>): AppRecord {
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
    const appId = `app-${stamp}-${String(this.#nextApp++).padStart(4, '0')}`
    return { ...appRecord(appId, name, randomBytes(32), resources, 0), workers: new Set() }
  }

  #progress(app: AppRecord, tasksFinished: number): void {
    if (tasksFinished > app.tasksFinished) app.fruitlessDeaths = 0
    app.tasksFinished = tasksFinished
  }

  #wants(app: AppRecord, total: number): void {
    app.request = { ...app.request, wantedExecutors: total }
    this.#options.log(`${app.appId} wants ${plural(total, 'executor')}`)
    this.#changed()
  }

  #failApp(app: AppRecord, code: ErrorCode, message: string): void {
    tellDriver(app, { type: 'appFailed', code, message })
    this.#endApp(app, message)
  }

  #endApp(app: AppRecord, reason: string): void {
    if (!this.#apps.delete(app.appId)) return
    clearTimeout(app.grace)
    this.#recovery.settled(app.appId)
    this.#options.log(`${app.appId} '${app.name}' ended: ${reason}`)
    for (const [key, executor] of this.#executors) {
      if (executor.appId === app.appId) this.#executors.delete(key)
    }
    for (const [workerId, worker] of this.#workers) {
      if (app.workers?.has(workerId) ?? true) tellWorker(worker, { type: 'appEnded', appId: app.appId })
    }
    app.connection?.close(reason)
    this.#changed()
  }

  // Placement

  #changed(): void {
    this.#allocator.place()
    if (!this.#stopped) this.#store.changed()
  }

  // State

  #recover(): void {
    const state = this.#store.read()
    if (!state) return
    this.#masterId = state.masterId
    this.#nextApp = state.nextApp
    for (const { appId, name, secret, request, nextExecutor } of state.apps) {
      const app = appRecord(appId, name, Buffer.from(secret, 'hex'), request, nextExecutor)
      app.grace = this.#later(this.#timeouts.recovery, () => this.#endApp(app, 'its driver did not come back'))
      this.#apps.set(appId, app)
    }
    for (const info of state.workers) {
      const grace = this.#later(this.#timeouts.recovery, () => this.#loseWorker(info.workerId, 'it did not come back'))
      this.#workers.set(info.workerId, { info, lastHeard: performance.now(), grace })
    }
    // Counted as held until their worker tells otherwise, so nothing is handed out twice.
    for (const executor of state.executors) this.#executors.set(keyOf(executor.appId, executor.executorId), { ...executor, started: false })
    this.#options.log(`recovered ${plural(state.apps.length, 'application')} and ${plural(state.workers.length, 'worker')}`)
    this.#recovery.open([...this.#apps.keys(), ...this.#workers.keys()])
  }

  #later(ms: number, action: () => void): NodeJS.Timeout {
    const timer = setTimeout(action, ms)
    timer.unref()
    return timer
  }
}
