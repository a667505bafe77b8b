import type { TaskHost } from '../taskHost.js'
import type { Awaitable } from './after.js'

/** What gives batches until null. */
interface Batches<B> {
  next(): B | null | Promise<B | null>
  close(): void
}

/** Takes a batch; true: enough. */
export type BatchProcess<B> = (batch: B) => boolean

/** Reads a source to its end, or until the process has enough; closes it either way. */
export function drain<B>(source: Batches<B>, process: BatchProcess<B>, host: TaskHost): Awaitable<void> {
  let waiting: Promise<B | null> | undefined
  try {
    for (;;) {
      host.checkKilled()
      const batch = source.next()
      if (batch instanceof Promise) {
        waiting = batch
        break
      }
      if (batch === null || process(batch)) break
    }
  } catch (error) {
    source.close()
    throw error
  }
  if (!waiting) return source.close()
  return drainAsync(waiting, source, process, host)
}

async function drainAsync<B>(first: Promise<B | null>, source: Batches<B>, process: BatchProcess<B>, host: TaskHost): Promise<void> {
  try {
    let batch = await first
    while (batch !== null && !process(batch)) {
      host.checkKilled()
      batch = await source.next()
    }
  } finally {
    source.close()
  }
}
