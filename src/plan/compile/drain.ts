import type { BatchSource } from '../batchSource.js'
import type { TaskHost } from '../taskHost.js'
import type { Awaitable } from './after.js'

/** Takes a batch; true: enough. */
export type BatchProcess = (batch: readonly unknown[]) => boolean

/** Reads a source to its end, or until the process has enough; closes it either way. */
export function drain(source: BatchSource, process: BatchProcess, host: TaskHost): Awaitable<void> {
  let waiting: Promise<readonly unknown[] | null> | undefined
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

async function drainAsync(first: Promise<readonly unknown[] | null>, source: BatchSource, process: BatchProcess, host: TaskHost): Promise<void> {
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
