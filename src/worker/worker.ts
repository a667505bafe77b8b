import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { TsparkError } from '../events/tsparkError.js'
import { formatAddress } from '../protocol/address.js'
import { decodeMessage } from '../protocol/codec.js'
import type { Connection } from '../protocol/connection.js'
import { guarded } from '../protocol/guarded.js'
import { hostId } from '../protocol/hostId.js'
import { MASTER_PATIENCE_MS } from '../protocol/keepTrying.js'
import type { Log } from '../protocol/log.js'
import type { MasterToWorker, WorkerToMaster } from '../protocol/masterMessages.js'
import { Server } from '../protocol/server.js'
import type { WorkerInfo } from '../protocol/shapes.js'
import { Sweep } from '../protocol/sweep.js'
import type { Peer } from '../protocol/upgrade.js'
import { driverToWorker } from '../protocol/workerMessages.js'
import { Application } from './application.js'
import { atExit } from './atExit.js'
import { serveFiles } from './fileServer.js'
import { MasterLink } from './masterLink.js'
import { EXECUTOR_MAIN } from './spareExecutor.js'
import { makeWorkerScratch, removeWorkerScratch } from './workerScratch.js'
import { WORKER_TIMEOUTS, type WorkerTimeouts } from './workerTimeouts.js'

/** A driver whose application the master does not know has probably ended; a connection that only broke stands again by then. */
const UNKNOWN_MS = 2_000

export interface WorkerOptions {
  masterUrl: string
  token: string
  host: string
  /** what others dial, if it is not `host` */
  advertisedHost?: string
  port: number
  cores: number
  /** bytes */
  memory: number
  /** where its scratch folders lie, one a disk; those that do not work are left out; none: the system's folder for temporary files */
  localDirs: readonly string[]
  log: Log
  /** path of the executor's program, for tests */
  executorMain?: string
  workerId?: string
  /** the usual ones if absent */
  timeouts?: WorkerTimeouts
  /** how long the first registration is tried, ms */
  patienceMs?: number
  /** gives up the first registration */
  stopEarly?: AbortSignal
}

/** One a host: runs executors, keeps their files, serves blocks; outlives its executors and, for a while, its master. */
export class Worker {
  readonly info: WorkerInfo
  readonly #options: WorkerOptions
  readonly #executorMain: string
  readonly #scratchDirs: readonly [string, ...string[]]
  readonly #apps = new Map<string, Application>()
  readonly #ending = new Set<Promise<void>>()
  /** applications that are over, until the master is sure to know */
  readonly #over = new Set<string>()
  readonly #server: Server
  readonly #timeouts: WorkerTimeouts
  readonly #sweep: Sweep
  readonly #cancelExitCleanup: () => void
  #stopping = false
  #link!: MasterLink

  private constructor(options: WorkerOptions, scratchDirs: readonly [string, ...string[]], server: Server) {
    this.#options = options
    this.#server = server
    this.#scratchDirs = scratchDirs
    this.#executorMain = options.executorMain ?? EXECUTOR_MAIN
    this.info = {
      workerId: options.workerId ?? `worker-${randomBytes(4).toString('hex')}`,
      host: options.advertisedHost ?? options.host,
      port: server.port,
      cores: options.cores,
      memory: options.memory,
      hostId: hostId(),
      scratchDirs: [...scratchDirs],
    }
    this.#timeouts = options.timeouts ?? WORKER_TIMEOUTS
    this.#sweep = new Sweep(() => this.#endSilent())
    // process.exit() in the driver of an embedded cluster must leave no more behind than an orderly end.
    this.#cancelExitCleanup = atExit(() => {
      for (const app of this.#apps.values()) for (const executor of app.executors.values()) executor.kill()
      removeWorkerScratch(scratchDirs)
    })
  }

  /** Listens, then registers with the master; whatever fails leaves nothing behind. */
  static async start(options: WorkerOptions): Promise<Worker> {
    let worker: Worker | undefined
    // The server must be up before the worker can say where it is.
    const server = await Server.start({
      host: options.host,
      port: options.port,
      secretFor: (app) => worker?.app(app)?.secret,
      onConnection: (connection, peer) => worker?.accept(connection, peer),
      onGet: (request, response, peer) => serveFiles(request, response, worker?.app(peer.app)),
    })
    let scratchDirs: readonly [string, ...string[]] | undefined
    try {
      scratchDirs = makeWorkerScratch(options.localDirs.length === 0 ? [tmpdir()] : options.localDirs)
      worker = new Worker(options, scratchDirs, server)
      const self = worker
      self.#link = await MasterLink.open(
        {
          masterUrl: options.masterUrl,
          token: options.token,
          workerId: self.info.workerId,
          heartbeatMs: self.#timeouts.heartbeat,
          log: options.log,
          registration: () => self.#registration(),
          onMessage: (message) => self.#fromMaster(message),
        },
        options.patienceMs ?? MASTER_PATIENCE_MS,
        options.stopEarly,
      )
      return self
    } catch (error) {
      if (worker) {
        worker.#sweep.stop()
        worker.#cancelExitCleanup()
      }
      await server.stop()
      if (scratchDirs !== undefined) removeWorkerScratch(scratchDirs)
      throw error
    }
  }

  get url(): string {
    return formatAddress(this.info.host, this.info.port)
  }

  /** Takes no more work and waits, at most so long, until drivers have let its executors go and had its files moved. */
  async drain(withinMs: number): Promise<void> {
    this.#link.send({ type: 'draining', workerId: this.info.workerId })
    // a driver that is gone lets nothing go
    const driven = [...this.#apps.values()].filter((app) => app.orphanedFor === 0)
    const busy = driven.flatMap((app) => [app.drain(), ...[...app.executors.values()].map((executor) => executor.ended)])
    if (busy.length === 0) return
    let timer: NodeJS.Timeout | undefined
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs)
    })
    await Promise.race([Promise.all(busy), enough])
    clearTimeout(timer)
  }

  /** Leaves the master, ends all executors and removes every file. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#sweep.stop()
    this.#link.send({ type: 'leaving', workerId: this.info.workerId })
    for (const app of this.#apps.values()) this.#endApp(app, 'the worker stops')
    await Promise.all(this.#ending)
    this.#link.close()
    await this.#server.stop()
    removeWorkerScratch(this.#scratchDirs)
    this.#cancelExitCleanup()
  }

  private app(appId: string | undefined): Application | undefined {
    return appId === undefined ? undefined : this.#apps.get(appId)
  }

  #registration(): WorkerToMaster {
    const executors = [...this.#apps.values()].flatMap((app) =>
      [...app.executors].map(([executorId, { cores, memory }]) => ({ appId: app.appId, executorId, cores, memory })),
    )
    return { type: 'registerWorker', worker: this.info, executors }
  }

  #fromMaster(message: MasterToWorker): void {
    switch (message.type) {
      case 'registered': {
        const known = new Set(message.knownApps)
        // An application whose driver is still here may be one that a new master has yet to hear of, or its driver has just ended.
        for (const app of this.#apps.values()) {
          app.unknown = !known.has(app.appId)
          if (app.unknown && app.orphanedFor > 0) this.#endApp(app, 'the master does not know it')
        }
        for (const appId of this.#over) this.#link.send({ type: 'appOver', appId })
        this.#over.clear()
        return
      }
      case 'launchExecutor':
        this.#launch(message)
        return
      case 'killExecutor':
        void this.#apps.get(message.appId)?.executors.get(message.executorId)?.stop()
        return
      case 'appEnded': {
        this.#over.delete(message.appId)
        const app = this.#apps.get(message.appId)
        if (app) this.#endApp(app, 'the application is over')
      }
    }
  }

  #launch({ appId, executorId, cores, memory, appSecret }: Extract<MasterToWorker, { type: 'launchExecutor' }>): void {
    // the master has not heard of it yet: what began now would outlive the removal of its folder
    if (this.#stopping) return
    try {
      let app = this.#apps.get(appId)
      if (!app) {
        app = new Application({
          appId,
          secret: Buffer.from(appSecret.buffer, appSecret.byteOffset, appSecret.byteLength).toString('hex'),
          worker: this.info,
          scratchDirs: this.#scratchDirs,
          executorMain: this.#executorMain,
          onExecutorEnded: (id, cause) => this.#link.send({ type: 'executorEnded', appId, executorId: id, cause }),
          onOver: () => {
            const over = this.#apps.get(appId)
            if (!over) return
            this.#over.add(appId)
            this.#link.send({ type: 'appOver', appId })
            this.#endApp(over, 'the application is over')
          },
        })
        this.#apps.set(appId, app)
      }
      // Told before the process is made: its driver can attach meanwhile.
      app.unknown = false
      this.#link.send({ type: 'executorStarted', appId, executorId })
      app.launch(executorId, cores, memory)
    } catch (error) {
      const guess = `it could not be started: ${(error as Error).message}`
      this.#options.log(`executor ${executorId} of ${appId}: ${guess}`)
      this.#link.send({ type: 'executorEnded', appId, executorId, cause: { kind: 'exit', guess } })
    }
  }

  private accept(connection: Connection, peer: Peer): void {
    const app = this.app(peer.app)
    if (!app || peer.role !== 'driver') {
      connection.close('only drivers talk to a worker')
      return
    }
    let attached = false
    connection.onMessage(
      guarded(connection, this.#options.log, (frame) => {
        if (attached) return app.receive(connection, frame)
        const message = decodeMessage(driverToWorker, frame)
        if (message.type !== 'attach') throw new TsparkError('TSPARK_PROTOCOL', 'a driver spoke before it attached')
        if (message.appId !== app.appId) throw new TsparkError('TSPARK_PROTOCOL', 'a driver asked for an application that is not its own')
        attached = true
        app.attach(connection, message.received)
      }),
    )
  }

  #endApp(app: Application, reason: string): void {
    if (!this.#apps.delete(app.appId)) return
    const ending = app.end(reason).catch((error: Error) => this.#options.log(`${app.appId}: ${error.message}`))
    this.#ending.add(ending)
    void ending.then(() => this.#ending.delete(ending))
  }

  /** Applications whose driver is gone, and executors that hang. */
  #endSilent(): void {
    const { orphan, executor: patience } = this.#timeouts
    for (const app of this.#apps.values()) {
      // Both the driver and, through the master, its end have had the time to be heard of again.
      if (app.orphanedFor > (app.unknown ? UNKNOWN_MS : orphan)) this.#endApp(app, 'its driver is gone')
      else for (const executor of app.executors.values()) if (executor.silentFor > patience) executor.giveUp(`no heartbeat for ${patience / 1000} s`)
    }
  }
}
