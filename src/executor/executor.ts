import { rmSync } from 'node:fs'
import { wireErrorOf } from '../events/wireErrorOf.js'
import { openMessage, sealMessage } from '../protocol/codec.js'
import {
  type DriverToExecutor,
  driverToExecutor,
  type ExecutorTaskEnd,
  type ExecutorToDriver,
  type ShippedFile,
  type TaskLaunch,
} from '../protocol/executorMessages.js'
import type { WireError } from '../protocol/shapes.js'
import type { ExecutorToWorker, WorkerToExecutor } from '../protocol/workerMessages.js'
import { hasZstd } from '../shuffle/blockCodecs.js'
import { LocalDirs } from '../storage/localDirs.js'
import { MemoryBudget } from '../storage/memoryBudget.js'
import { BlobClient } from './blobClient.js'
import { BlockCache } from './blockCache.js'
import { CacheExchange } from './cacheExchange.js'
import { ConsoleBuffer } from './consoleBuffer.js'
import { Heartbeat } from './heartbeat.js'
import { PressureWatch } from './pressureWatch.js'
import { ShippedFiles } from './shippedFiles.js'
import { Slot } from './slot.js'
import type { FromSlot, SlotStage, SlotTaskEnd } from './slotMessages.js'
import { TaskQueues } from './taskQueues.js'
import { verified } from './verified.js'

/** Share of the executor's memory that buffers and caches may take; the rest is for the user's objects. */
const BUDGET_SHARE = 0.6
/** Tasks a slot is given ahead of time, when many wait: their messages cost as much as a tiny task itself. */
const AHEAD = 16

interface StageState {
  readonly stage: SlotStage
  /** undefined: all blobs are here */
  waiting: Promise<void> | undefined
  failed?: WireError
}

/** One executor process: takes tasks from the driver, hands them to its slots, keeps the cache. */
export class Executor {
  readonly #toWorker: (message: ExecutorToWorker, sent?: () => void) => void
  readonly #slots: Slot[]
  readonly #blobs: BlobClient
  readonly #shipped: ShippedFiles
  readonly #budget: MemoryBudget
  readonly #answers: Int32Array
  readonly #dirs: LocalDirs
  readonly #cache: BlockCache
  readonly #exchange: CacheExchange
  readonly #console: ConsoleBuffer
  readonly #stages = new Map<number, StageState>()
  readonly #waiting: TaskQueues
  readonly #heartbeat: Heartbeat
  #ended: SlotTaskEnd[] = []
  #flushing = false
  /** files added since the start, until they are here */
  #files: Promise<void> | undefined
  #setup: Extract<DriverToExecutor, { type: 'setup' }> | undefined
  #readyTold = false

  constructor(init: Extract<WorkerToExecutor, { type: 'init' }>, toWorker: (message: ExecutorToWorker, sent?: () => void) => void) {
    this.#toWorker = toWorker
    const budget = MemoryBudget.create(Math.floor(init.memory * BUDGET_SHARE), 1 + init.cores)
    const kills = new SharedArrayBuffer(4 * init.cores)
    const answers = new SharedArrayBuffer(4 * init.cores)
    const progress = new SharedArrayBuffer(8 * init.cores)
    const failedDisks = new SharedArrayBuffer(4 * init.appDirs.length)
    this.#dirs = new LocalDirs(init.appDirs, new Int32Array(failedDisks))
    for (const disk of init.failedDisks) this.#dirs.failDisk(disk)
    this.#budget = budget
    this.#answers = new Int32Array(answers)
    this.#blobs = new BlobClient((hash) => toWorker({ type: 'getBlob', hash }))
    this.#shipped = new ShippedFiles(this.#blobs, this.#dirs, init.executorId)
    this.#cache = new BlockCache(
      budget,
      (blocks) => this.#tell({ type: 'uncached', blocks }),
      (blocks) => this.#tell({ type: 'movedToDisk', blocks }),
    )
    this.#exchange = new CacheExchange(init, this.#dirs, this.#cache, budget)
    this.#console = new ConsoleBuffer((stream, lines) => this.#tell({ type: 'console', stream, lines }))
    this.#waiting = new TaskQueues(init.cores)
    const { appId, executorId, workerId, hostId, appSecret, appDirs, memory, cores } = init
    const shared = { appId, executorId, workerId, hostId, appSecret, appDirs, failedDisks, budget: budget.buffer, kills, answers, progress }
    const heap = Math.max(64, Math.floor((memory * 0.9) / 2 ** 20))
    this.#slots = Array.from(
      { length: cores },
      (_, slot) =>
        new Slot(
          { ...shared, slot },
          heap,
          (message) => this.#fromSlot(slot, message),
          (error) => this.#slotDied(slot, error),
        ),
    )
    toWorker({ type: 'ready' })
    this.#heartbeat = new Heartbeat(this.#slots, new Float64Array(progress), new PressureWatch(budget, memory))
    this.#heartbeat.start(() => {
      this.#console.flush()
      this.#tell(this.#heartbeat.message())
    })
  }

  receive(message: Exclude<WorkerToExecutor, { type: 'init' | 'stop' }>): void {
    if (message.type === 'blob') this.#blobs.receive(message)
    else if (message.type === 'openCached') void this.#exchange.serve(message).then((told) => this.#toWorker(told))
    else if (message.type === 'dropBlob') this.#dropBlob(message.hash)
    else if (message.type === 'diskFailed') this.#dirs.failDisk(message.disk)
    else this.#fromDriver(openMessage(driverToExecutor, message.data))
  }

  #dropBlob(hash: string): void {
    this.#blobs.forget(hash)
    for (const slot of this.#slots) slot.post({ type: 'dropBlob', hash })
  }

  #tell(message: ExecutorToDriver): void {
    this.#toWorker({ type: 'toDriver', data: sealMessage(message) })
  }

  #fromDriver(message: DriverToExecutor): void {
    switch (message.type) {
      case 'setup':
        this.#setup = message
        void this.#prepare(message)
        break
      case 'stage':
        this.#addStage(message)
        break
      case 'addFile':
        this.#files = this.#addFile(message)
        // met by the stages that wait for it
        this.#files.catch(() => {})
        break
      case 'run':
        this.#exchange.know(message.holders ?? [])
        this.#waiting.add(message.tasks)
        this.#assign()
        break
      case 'kill':
        this.#kill(message.taskIds, message.reason)
        break
      case 'dropStage':
        this.#stages.delete(message.stageId)
        for (const slot of this.#slots) slot.dropStage(message.stageId)
        break
      case 'dropRdd':
        this.#cache.dropRdd(message.rddId)
        for (const slot of this.#slots) slot.post({ type: 'dropRdd', rddId: message.rddId })
        break
      case 'replicate':
        void this.#exchange.copy(message).then((told) => this.#tell(told))
        break
      case 'commitAnswer':
      case 'barrierAnswer':
        for (const slot of this.#slots) slot.post(message)
        break
    }
  }

  /** Fetches the artifact and the shipped files, then lets the slots load it. */
  async #prepare(setup: Extract<DriverToExecutor, { type: 'setup' }>): Promise<void> {
    try {
      const bundlePath = setup.artifact === '' ? '' : verified(await this.#blobs.get(setup.artifact), setup.artifact)
      const files = await Promise.all(setup.files.map(async (file) => ({ name: file.name, path: await this.#shipped.pathOf(file) })))
      const { argv, cwd, externals } = setup
      for (const slot of this.#slots) slot.setup({ type: 'setup', bundlePath, argv, cwd, externals, files })
    } catch (error) {
      this.#ready(wireErrorOf(error))
    }
  }

  /** Files come in the order in which they were added, the later one of a name counts. */
  async #addFile(file: ShippedFile): Promise<void> {
    const [path] = await Promise.all([this.#shipped.pathOf(file), this.#files])
    for (const slot of this.#slots) slot.addFile({ name: file.name, path })
  }

  #ready(error?: WireError): void {
    if (this.#readyTold) return
    if (!error && !this.#slots.every((slot) => slot.loaded)) return
    this.#readyTold = true
    this.#console.flush()
    this.#tell({ type: 'ready', pid: process.pid, slots: this.#slots.length, storageMemory: this.#budget.total, zstd: hasZstd, error })
  }

  #addStage(message: Extract<DriverToExecutor, { type: 'stage' }>): void {
    const { type: _, blobs, barrier, ...stage } = message
    const state: StageState = { stage: { ...stage, barrier }, waiting: undefined }
    this.#stages.set(stage.stageId, state)
    const missing = blobs.filter((hash) => !this.#blobs.has(hash))
    if (missing.length === 0 && !this.#files) return
    state.waiting = Promise.all([this.#files, ...missing.map((hash) => this.#blobs.get(hash))]).then(
      () => {
        state.waiting = undefined
        this.#assign()
      },
      (error) => {
        state.waiting = undefined
        state.failed = wireErrorOf(error)
        this.#assign()
      },
    )
  }

  /** Gives waiting tasks to slots: each slot its own partitions first, then what others have waiting. */
  #assign(): void {
    if (this.#waiting.size === 0) return
    for (const limit of [0, AHEAD]) {
      for (const [index, slot] of this.#slots.entries()) {
        if (!slot.loaded) continue
        const batch: TaskLaunch[] = []
        while (this.#waiting.size > 0 && slot.given + batch.length <= limit) {
          // ahead of time only tasks that are many and small, and only what has no free slot elsewhere
          if (limit > 0 && (!slot.isFast || slot.barrier)) break
          const task = this.#waiting.take(index, (each) => this.#judge(each, limit === 0))
          if (!task) break
          batch.push(task)
        }
        if (batch.length > 0) this.#give(slot, batch)
      }
    }
  }

  /** @param atOnce it will be run at once, as tasks of barrier stages have to be */
  #judge({ taskId, stageId }: TaskLaunch, atOnce: boolean): 'run' | 'wait' | 'drop' {
    const state = this.#stages.get(stageId)
    if (state?.waiting || (state?.stage.barrier && !atOnce)) return 'wait'
    if (state && !state.failed) return 'run'
    // its stage was dropped, or what it needs could not be had
    this.#endEarly(taskId, state?.failed ? { kind: 'EngineError', error: state.failed, retry: true } : { kind: 'Killed', reason: 'its stage is over' })
    return 'drop'
  }

  #give(slot: Slot, tasks: TaskLaunch[]): void {
    for (const { stageId } of tasks) {
      const { stage } = this.#stages.get(stageId)!
      slot.ensureStage(stage)
      slot.barrier ||= stage.barrier !== undefined
    }
    slot.run(tasks)
  }

  #kill(taskIds: readonly number[], reason: string): void {
    const wanted = new Set(taskIds)
    for (const taskId of this.#waiting.remove(wanted)) {
      wanted.delete(taskId)
      this.#endEarly(taskId, { kind: 'Killed', reason })
    }
    for (const slot of this.#slots) slot.kill(wanted, reason)
  }

  #fromSlot(index: number, message: FromSlot): void {
    const slot = this.#slots[index]!
    switch (message.type) {
      case 'ready':
        if (message.error) this.#ready(message.error)
        else {
          this.#ready()
          this.#assign()
        }
        break
      case 'started':
        slot.watch(message.taskId, message.timeout)
        break
      case 'ended':
        this.#end(message.end)
        this.#assign()
        break
      case 'console':
        // every slot loads the module; its top level speaks once
        if (message.taskId !== undefined || index === 0) this.#console.add(index, message.stream, message.taskId, message.text)
        break
      case 'commitRequest':
      case 'barrierSync':
        this.#tell(message)
        break
      case 'diskFailed':
        this.#toWorker(message)
        break
      case 'getCached':
        this.#giveCached(slot, message)
        break
      case 'getRoom':
        this.#cache.makeRoom(message.bytes, message.rddId)
        this.#answer(index)
        break
      case 'ownSignal':
        // what was printed and what has ended goes out before
        this.#flush()
        this.#console.flush()
        this.#toWorker(message, () => this.#answer(index))
        break
      case 'putCached':
        this.#cache.put(message.rddId, message.partition, message.block, message.bytes, message.diskPath)
        break
    }
  }

  #answer(index: number): void {
    Atomics.store(this.#answers, index, 1)
    Atomics.notify(this.#answers, index)
  }

  /** A block from the cache, or a copy of another executor's. */
  #giveCached(slot: Slot, { request, rddId, partition, holders }: Extract<FromSlot, { type: 'getCached' }>): void {
    const block = this.#cache.get(rddId, partition)
    if (block || holders.length === 0) return slot.post({ type: 'cached', request, block })
    const { generation } = slot
    void this.#exchange.fetch(rddId, partition, holders).then((path) => {
      if (slot.generation === generation) slot.post({ type: 'cached', request, block: path === undefined ? undefined : { path, temporary: true } })
      else if (path !== undefined) rmSync(path, { force: true })
    })
  }

  #slotDied(index: number, { exitCode, error, tasks }: { exitCode: number; error: unknown; tasks: number[] }): void {
    // user code that ends the process ends the executor, as it would without threads
    if (error === undefined) {
      this.#flush()
      this.#console.flush()
      // what was printed and what has ended must be out before the process is
      this.#toWorker({ type: 'toDriver', data: sealMessage(this.#heartbeat.message()) }, () => process.exit(exitCode))
      return
    }
    const failure = wireErrorOf(error)
    const [running, ...waiting] = tasks
    const outOfMemory = failure.code === 'ERR_WORKER_OUT_OF_MEMORY'
    if (running !== undefined) {
      const killed = failure.code === 'TSPARK_KILLED'
      const wire = outOfMemory ? { ...failure, name: 'OutOfMemoryError', message: `the task ran out of memory: ${failure.message}` } : failure
      this.#endEarly(running, killed ? { kind: 'Killed', reason: failure.message } : { kind: 'UserError', error: wire })
    }
    for (const taskId of waiting) this.#endEarly(taskId, { kind: 'Killed', reason: 'its slot has ended' })
    if (this.#setup && !this.#readyTold) this.#ready(failure)
    this.#budget.reclaim(1 + index)
    this.#slots[index]!.restart()
  }

  /** A task that has not run, or not to its end. */
  #endEarly(taskId: number, end: ExecutorTaskEnd): void {
    this.#end({ taskId, end, metrics: {}, accumulators: [], cached: [] })
  }

  #end(end: SlotTaskEnd): void {
    this.#ended.push(end)
    this.#flushSoon()
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#flushing = false
    const ended = this.#ended
    this.#ended = []
    if (ended.length === 0) return
    this.#console.flush()
    this.#tell({ type: 'tasksEnded', tasks: ended as never })
  }
}
