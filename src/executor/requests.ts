import { TsparkError } from '../events/tsparkError.js'
import { KilledError } from './killedError.js'
import type { CachedFrames, FromSlot, ToSlot } from './slotMessages.js'

type Answer = Extract<ToSlot, { type: 'commitAnswer' | 'cached' | 'barrierAnswer' }>

interface BarrierWait {
  readonly taskId: number
  resolve(messages: readonly string[]): void
  reject(error: Error): void
}

/** Questions of a slot to its executor's main thread. */
export class Requests {
  #next = 0
  #barrier: BarrierWait | undefined
  readonly #waiting = new Map<string, (answer: never) => void>()

  constructor(readonly post: (message: FromSlot) => void) {}

  cached(rddId: number, partition: number, holders: readonly string[]): Promise<CachedFrames | undefined> {
    return this.#ask<CachedFrames | undefined>('cached', (request) => this.post({ type: 'getCached', request, rddId, partition, holders }))
  }

  mayCommit(task: { taskId: number; stageId: number; partition: number; attempt: number }): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting.set(`commit/${task.taskId}`, resolve)
      const { taskId, stageId, partition, attempt } = task
      this.post({ type: 'commitRequest', taskId, stageId, partition, attempt })
    })
  }

  /** Waits for the other tasks of a barrier stage: resolves to their messages. */
  barrier(taskId: number, epoch: number, call: 'barrier' | 'allGather', message: string): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      this.#barrier = { taskId, resolve, reject }
      this.post({ type: 'barrierSync', taskId, epoch, call, message })
    })
  }

  /** A task is to stop: it waits for nobody any more. */
  killed(taskId: number): void {
    const waiting = this.#takeBarrier([taskId])
    waiting?.reject(new KilledError('the task was cancelled'))
  }

  answer(message: Answer): void {
    if (message.type === 'barrierAnswer') {
      const waiting = this.#takeBarrier(message.taskIds)
      if (message.error === undefined) waiting?.resolve(message.messages)
      else waiting?.reject(new TsparkError('TSPARK_BARRIER', message.error))
      return
    }
    const key = message.type === 'commitAnswer' ? `commit/${message.taskId}` : `${message.type}/${message.request}`
    const resolve = this.#waiting.get(key) as ((value: unknown) => void) | undefined
    this.#waiting.delete(key)
    resolve?.(message.type === 'cached' ? message.block : message.granted)
  }

  #takeBarrier(taskIds: readonly number[]): BarrierWait | undefined {
    const waiting = this.#barrier
    if (!waiting || !taskIds.includes(waiting.taskId)) return undefined
    this.#barrier = undefined
    return waiting
  }

  #ask<T>(kind: string, send: (request: number) => void): Promise<T> {
    const request = this.#next++
    return new Promise<T>((resolve) => {
      this.#waiting.set(`${kind}/${request}`, resolve)
      send(request)
    })
  }
}
