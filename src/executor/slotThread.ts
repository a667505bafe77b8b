import { existsSync, linkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { installRuntime } from '../closure/installRuntime.js'
import { reviveFunction } from '../closure/reviveFunction.js'
import { TsparkError } from '../events/tsparkError.js'
import { wireErrorOf } from '../events/wireErrorOf.js'
import * as api from '../index.js'
import { type CompiledStage, compileStage } from '../plan/compile/compileStage.js'
import type { TaskLaunch } from '../protocol/executorMessages.js'
import { SparkFiles } from '../rdd/sparkFiles.js'
import { LocalDirs } from '../storage/localDirs.js'
import { MemoryBudget } from '../storage/memoryBudget.js'
import { askAndWait } from './askAndWait.js'
import { Broadcasts } from './broadcasts.js'
import { captureConsole } from './captureConsole.js'
import { DecodedCache } from './decodedCache.js'
import { tellOwnSignals } from './ownSignals.js'
import { ReadAheads } from './readAheads.js'
import { Requests } from './requests.js'
import { Room } from './room.js'
import { runTask } from './runTask.js'
import type { SlotInit, SlotStage, SlotTaskEnd, ToSlot } from './slotMessages.js'
import type { SlotState } from './slotState.js'

/** A slot's thread: loads the job's bundle, compiles stages, runs tasks one after the other. */
export class SlotThread {
  readonly #state: SlotState
  readonly #stages = new Map<number, { stage: SlotStage; compiled: CompiledStage }>()
  readonly #queue: TaskLaunch[] = []
  readonly #killed = new Set<number>()
  readonly #files = new Map<string, string>()
  #busy = false
  #current: number | undefined
  #last: number | undefined

  constructor(init: SlotInit, post: SlotState['post']) {
    const budget: MemoryBudget = new MemoryBudget(init.budget, 1 + init.slot, (bytes) => room.make(bytes))
    const ahead = new ReadAheads(budget)
    const decoded = new DecodedCache(budget)
    const room = new Room(init, budget, ahead, decoded, post)
    const requests = new Requests(post)
    const kills = new Int32Array(init.kills)
    const dirs = new LocalDirs(init.appDirs, new Int32Array(init.failedDisks))
    this.#state = {
      init,
      budget,
      kills,
      progress: new Float64Array(init.progress),
      post,
      requests,
      dirs,
      broadcasts: new Broadcasts(dirs),
      ahead,
      decoded,
      room,
    }
    tellOwnSignals((signal) => askAndWait(init, { type: 'ownSignal', signal }, post))
    captureConsole((stream, text) => post({ type: 'console', stream, taskId: this.#current, text }))
    for (const event of ['unhandledRejection', 'uncaughtException'] as const) process.on(event, (error) => this.#stray(error))
    installRuntime({ role: 'executor', api: () => api })
    this.#state.broadcasts.install()
  }

  receive(message: ToSlot): void {
    switch (message.type) {
      case 'setup':
        void this.#load(message)
        break
      case 'file':
        this.#files.set(message.name, message.path)
        break
      case 'stage':
        this.#state.ahead.dropStage(message.stage.stageId)
        this.#stages.set(message.stage.stageId, { stage: message.stage, compiled: compileStage(message.stage.program, reviveFunction) })
        break
      case 'run':
        this.#queue.push(...message.tasks)
        this.#pump()
        break
      case 'killed':
        if (message.taskId === this.#current) this.#state.requests.killed(message.taskId)
        else if (this.#queue.some(({ taskId }) => taskId === message.taskId)) this.#killed.add(message.taskId)
        break
      case 'dropStage':
        this.#stages.delete(message.stageId)
        this.#state.ahead.dropStage(message.stageId)
        break
      case 'dropRdd':
        this.#state.decoded.dropRdd(message.rddId)
        break
      case 'dropBlob':
        this.#state.broadcasts.forget(message.hash)
        break
      default:
        this.#state.requests.answer(message)
    }
  }

  async #load(setup: Extract<ToSlot, { type: 'setup' }>): Promise<void> {
    try {
      process.argv = setup.argv
      for (const { name, path } of setup.files) this.#files.set(name, path)
      SparkFiles.provide((name) => this.#files.get(name))
      if (setup.bundlePath !== '') {
        checkExternals(setup.externals, setup.cwd)
        await import(pathToFileURL(asModule(setup.bundlePath)).href)
      }
      this.#state.post({ type: 'ready' })
    } catch (error) {
      this.#state.post({ type: 'ready', error: wireErrorOf(error) })
    }
  }

  #pump(): void {
    while (!this.#busy) {
      const task = this.#queue.shift()
      if (!task) return
      const running = this.#start(task)
      if (!(running instanceof Promise)) {
        this.#post(running)
        continue
      }
      this.#busy = true
      void running.then((end) => {
        this.#busy = false
        this.#post(end)
        this.#pump()
      })
    }
  }

  #start(task: TaskLaunch): SlotTaskEnd | Promise<SlotTaskEnd> {
    const entry = this.#stages.get(task.stageId)
    if (!entry || this.#killed.delete(task.taskId)) {
      return { taskId: task.taskId, end: { kind: 'Killed', reason: 'its stage is over' }, metrics: {}, accumulators: [], cached: [] }
    }
    this.#current = task.taskId
    if (entry.stage.taskTimeout > 0) this.#state.post({ type: 'started', taskId: task.taskId, timeout: entry.stage.taskTimeout })
    return runTask(task, entry.stage, entry.compiled, this.#state)
  }

  /** An error that belongs to no task any more, or to none that waits for it: told, where it can be seen. */
  #stray(error: unknown): void {
    const { name, message } = wireErrorOf(error)
    const taskId = this.#current ?? this.#last
    if (process.listenerCount('unhandledRejection') > 1 || process.listenerCount('uncaughtException') > 1) return
    this.#state.post({ type: 'console', stream: 'stderr', taskId, text: `nobody awaited or caught ${name}: ${message}\n` })
  }

  #post(end: SlotTaskEnd): void {
    this.#last = this.#current
    this.#current = undefined
    this.#state.post({ type: 'ended', end })
  }
}

/** Blobs have no file endings; Node wants one to see that the bundle is a module. */
function asModule(path: string): string {
  const named = `${path}.mjs`
  if (!existsSync(named)) {
    try {
      linkSync(path, named)
    } catch (error) {
      // another slot was faster
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  return named
}

/** Packages that are not in the bundle must be installed where tasks run. */
function checkExternals(names: readonly string[], cwd: string): void {
  const require = createRequire(`${cwd}/`)
  for (const name of names) {
    try {
      require.resolve(name)
    } catch (cause) {
      throw new TsparkError('TSPARK_PACKAGE_MISSING', `package '${name}' is not installed on the executor's host (looked from ${cwd})`, {
        cause,
        hint: `it has native code, so it is not in the bundle: install it on every worker`,
      })
    }
  }
}
