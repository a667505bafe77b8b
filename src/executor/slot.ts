import { Worker } from 'node:worker_threads'
import type { TaskLaunch } from '../protocol/executorMessages.js'
import type { FromSlot, SlotInit, SlotStage, ToSlot } from './slotMessages.js'

/** A task that is to stop has so long before its thread is ended. */
const KILL_GRACE_MS = 500
/** Tasks shorter than this, in ms, are given ahead of time. */
const FAST_MS = 4

/** One slot: a thread that runs a task at a time. */
export class Slot {
  /** tasks it has, the running one first */
  readonly tasks: number[] = []
  loaded = false
  /** how many threads there were before this one */
  generation = 0
  /** its task waits for others that run at the same time: nothing may wait behind it */
  barrier = false
  readonly #init: SlotInit
  readonly #heapMiB: number
  readonly #onMessage: (message: FromSlot) => void
  readonly #onDeath: (death: { exitCode: number; error: unknown; tasks: number[] }) => void
  readonly #kills: Int32Array
  /** tasks that are to stop when their turn comes, with the reason */
  readonly #unwanted = new Map<number, string>()
  #thread!: Worker
  #stages = new Set<string>()
  #setup: Extract<ToSlot, { type: 'setup' }> | undefined
  #meanTime = Number.POSITIVE_INFINITY
  #error: unknown

  constructor(
    init: SlotInit,
    heapMiB: number,
    onMessage: (message: FromSlot) => void,
    onDeath: (death: { exitCode: number; error: unknown; tasks: number[] }) => void,
  ) {
    this.#init = init
    this.#heapMiB = heapMiB
    this.#onMessage = onMessage
    this.#onDeath = onDeath
    this.#kills = new Int32Array(init.kills)
    this.#start()
  }

  get given(): number {
    return this.tasks.length
  }

  get isFast(): boolean {
    return this.#meanTime < FAST_MS
  }

  post(message: ToSlot): void {
    this.#thread.postMessage(message)
  }

  setup(message: Extract<ToSlot, { type: 'setup' }>): void {
    this.#setup = message
    this.post(message)
  }

  /** One more file; a thread that takes this one's place hears of it too. */
  addFile(file: { name: string; path: string }): void {
    if (this.#setup) this.#setup = { ...this.#setup, files: [...this.#setup.files, file] }
    this.post({ type: 'file', ...file })
  }

  ensureStage(stage: SlotStage): void {
    const key = `${stage.stageId}/${stage.stageAttempt}`
    if (this.#stages.has(key)) return
    this.#stages.add(key)
    this.post({ type: 'stage', stage })
  }

  dropStage(stageId: number): void {
    let had = false
    for (const key of this.#stages) if (key.startsWith(`${stageId}/`)) had = this.#stages.delete(key)
    if (had) this.post({ type: 'dropStage', stageId })
  }

  run(tasks: TaskLaunch[]): void {
    for (const { taskId } of tasks) this.tasks.push(taskId)
    this.post({ type: 'run', tasks })
  }

  /** Stops tasks: the running one by a flag, and its thread if it does not look at it; waiting ones when their turn comes. */
  kill(taskIds: ReadonlySet<number>, reason: string): void {
    for (const taskId of this.tasks) {
      if (!taskIds.has(taskId)) continue
      this.post({ type: 'killed', taskId })
      this.#unwanted.set(taskId, reason)
    }
    this.#stopUnwanted()
  }

  /** The task that runs now is not wanted: a thread that is busy hears nothing, so it is stopped from here. */
  #stopUnwanted(): void {
    const [running] = this.tasks
    const reason = running === undefined ? undefined : this.#unwanted.get(running)
    if (running === undefined || reason === undefined) return
    this.#unwanted.delete(running)
    Atomics.store(this.#kills, this.#init.slot, running + 1)
    setTimeout(() => {
      if (this.tasks[0] === running) void this.#terminate(Object.assign(new Error(reason), { code: 'TSPARK_KILLED' }))
    }, KILL_GRACE_MS)
  }

  /** Ends the thread if the task still runs after so many seconds. */
  watch(taskId: number, seconds: number): void {
    setTimeout(() => {
      if (this.tasks[0] !== taskId) return
      const error = new Error(`the attempt took longer than ${seconds} s (--task-timeout)`)
      void this.#terminate(Object.assign(error, { code: 'TSPARK_TASK_TIMEOUT', stack: undefined }))
    }, seconds * 1000)
  }

  /** A new thread in the place of one that ended. */
  restart(): void {
    this.tasks.length = 0
    this.#unwanted.clear()
    this.loaded = false
    this.generation++
    this.barrier = false
    this.#stages = new Set()
    this.#error = undefined
    Atomics.store(this.#kills, this.#init.slot, 0)
    this.#start()
    if (this.#setup) this.post(this.#setup)
  }

  async #terminate(error: Error): Promise<void> {
    this.#error = error
    await this.#thread.terminate()
  }

  #start(): void {
    const thread = new Worker(new URL('./slotMain.js', import.meta.url), {
      workerData: this.#init,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: this.#heapMiB },
    })
    this.#thread = thread
    thread.on('message', (message: FromSlot) => {
      if (message.type === 'ready' && !message.error) this.loaded = true
      if (message.type === 'ended') {
        this.barrier = false
        const at = this.tasks.indexOf(message.end.taskId)
        if (at >= 0) this.tasks.splice(at, 1)
        this.#unwanted.delete(message.end.taskId)
        this.#stopUnwanted()
        const time = message.end.metrics.runTime ?? 0
        this.#meanTime = Number.isFinite(this.#meanTime) ? this.#meanTime * 0.8 + time * 0.2 : time
      }
      this.#onMessage(message)
    })
    // what native code prints past the slot's own streams
    thread.stdout.resume()
    thread.stderr.on('data', (text: Buffer) => process.stderr.write(text))
    thread.on('error', (error) => {
      this.#error ??= error
    })
    thread.on('exit', (exitCode) => {
      if (this.#thread === thread) this.#onDeath({ exitCode, error: this.#error, tasks: [...this.tasks] })
    })
  }
}
