import { tmpdir, totalmem } from 'node:os'
import { resolve } from 'node:path'
import { machineCores } from '../cluster/machineCores.js'
import { parseMasterUrl } from '../cluster/masterUrl.js'
import { plural } from '../events/plural.js'
import { assertPortFree } from '../protocol/assertPortFree.js'
import { findToken } from '../protocol/token.js'
import { Worker } from '../worker/worker.js'
import { advertisedHost } from './advertisedHost.js'
import type { WorkerOptions } from './daemonOptions.js'
import { stateDirOf, writePidFile } from './daemonState.js'
import { logLine, runDaemon, seconds } from './runDaemon.js'
import type { SignalTrap } from './signalTrap.js'

/** Running tasks and the moving of files may take so long before the worker stops; with the rest it must be gone within 10 s. */
const DRAIN_MS = 6_000
const GIB = 1024 * 1024 * 1024

/** `tspark start-worker`: gives the exit code once the worker has ended, with --daemon once it has joined its master. */
export async function startWorker(master: string, options: WorkerOptions, signals: SignalTrap): Promise<number> {
  const { host, port, tokenFile, heartbeatInterval, executorTimeout, orphanTimeout, decommissionTimeout } = options
  await assertPortFree(host, port)
  const token = findToken({ tokenFile, env: process.env })
  if (options.daemon) {
    const { daemonize } = await import('./daemonize.js')
    return await daemonize('worker', { host, port })
  }
  const masterUrl = daemonUrl(master)
  return await runDaemon(signals, async (stopEarly) => {
    const worker = await Worker.start({
      masterUrl,
      token,
      host,
      advertisedHost: options.publicHost ?? advertisedHost(host),
      port,
      cores: options.cores ?? machineCores(),
      memory: options.memory ?? machineMemory(),
      localDirs: (options.localDirs ?? [tmpdir()]).map((dir) => resolve(dir)),
      timeouts: { heartbeat: heartbeatInterval, executor: executorTimeout, orphan: orphanTimeout },
      log: logLine,
      stopEarly,
    })
    logLine(
      `heartbeat each ${seconds(heartbeatInterval)}; given up when silent: an executor after ${seconds(executorTimeout)}, a driver ${seconds(orphanTimeout)}`,
    )
    const { info, url } = worker
    const removePidFile = writePidFile(stateDirOf(process.env, host, info.port), 'worker.pid')
    return {
      readyLine: `${url} joined ${masterUrl} with ${plural(info.cores, 'core')} and ${Math.floor(info.memory / (1024 * 1024))} MiB`,
      decommission: () => worker.drain(decommissionTimeout),
      async stop() {
        await worker.drain(DRAIN_MS)
        await worker.stop()
        removePidFile()
      },
    }
  })
}

function daemonUrl(text: string): string {
  const url = parseMasterUrl(text)
  return url.kind === 'tspark' ? url.url : text
}

/** What the machine, or the container, has, less what its other programs need. */
function machineMemory(): number {
  const limit = process.constrainedMemory()
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  return Math.max(total - GIB, Math.floor(total / 2))
}
