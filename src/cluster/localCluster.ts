import { randomBytes } from 'node:crypto'
import { Master } from '../master/master.js'
import type { Log } from '../protocol/log.js'
import { Worker } from '../worker/worker.js'

const LOOPBACK = '127.0.0.1'

export interface LocalClusterOptions {
  workers: number
  /** of each worker */
  cores: number
  /** of each worker, bytes */
  memory: number
  localDirs: readonly string[]
  log: Log
  /** path of the executor's program, for tests */
  executorMain?: string
}

/** A master and its workers inside this process; executors are processes of their own as everywhere. */
export interface LocalCluster {
  readonly masterUrl: string
  readonly token: string
  stop(): Promise<void>
}

/** Starts an embedded cluster on loopback ports that only this process can talk to. */
export async function startLocalCluster({ workers, cores, memory, localDirs, log, executorMain }: LocalClusterOptions): Promise<LocalCluster> {
  const token = randomBytes(32).toString('hex')
  const master = await Master.start({ host: LOOPBACK, port: 0, token, log })
  const starts = Array.from({ length: workers }, (_, i) => {
    // Several disks are shared out over the workers.
    const first = i % Math.max(1, localDirs.length)
    const dirs = [...localDirs.slice(first), ...localDirs.slice(0, first)]
    const workerId = `worker-${i}`
    return Worker.start({
      masterUrl: master.url,
      token,
      host: LOOPBACK,
      port: 0,
      cores,
      memory,
      localDirs: dirs,
      log,
      workerId,
      executorMain,
    })
  })
  const started = await Promise.allSettled(starts)
  const stop = async () => {
    await Promise.all(started.map((result) => (result.status === 'fulfilled' ? result.value.stop() : undefined)))
    await master.stop()
  }
  const failed = started.find((result) => result.status === 'rejected')
  if (failed) {
    await stop()
    throw failed.reason
  }
  return { masterUrl: master.url, token, stop }
}
