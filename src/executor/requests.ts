import type { CachedFrames, FromSlot, ToSlot } from './slotMessages.js'

type Answer = Extract<ToSlot, { type: 'commitAnswer' | 'cached' }>

/** Questions of a slot to its executor's main thread. */
export class Requests {
  #next = 0
  readonly #waiting = new Map<string, (answer: never) => void>()

  constructor(readonly post: (message: FromSlot) => void) {}

  cached(rddId: number, partition: number): Promise<CachedFrames | undefined> {
    return this.#ask<CachedFrames | undefined>('cached', (request) => this.post({ type: 'getCached', request, rddId, partition }))
  }

  mayCommit(task: { taskId: number; stageId: number; partition: number; attempt: number }): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting.set(`commit/${task.taskId}`, resolve)
      const { taskId, stageId, partition, attempt } = task
      this.post({ type: 'commitRequest', taskId, stageId, partition, attempt })
    })
  }

  answer(message: Answer): void {
    const key = message.type === 'commitAnswer' ? `commit/${message.taskId}` : `${message.type}/${message.request}`
    const resolve = this.#waiting.get(key) as ((value: unknown) => void) | undefined
    this.#waiting.delete(key)
    resolve?.(message.type === 'cached' ? message.block : message.granted)
  }

  #ask<T>(kind: string, send: (request: number) => void): Promise<T> {
    const request = this.#next++
    return new Promise<T>((resolve) => {
      this.#waiting.set(`${kind}/${request}`, resolve)
      send(request)
    })
  }
}
