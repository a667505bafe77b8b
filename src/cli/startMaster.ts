import { resolve } from 'node:path'
import { TsparkError } from '../events/tsparkError.js'
import { Master } from '../master/master.js'
import { MasterLease } from '../master/masterLease.js'
import { formatAddress } from '../protocol/address.js'
import { assertPortFree } from '../protocol/assertPortFree.js'
import { ensureToken } from '../protocol/token.js'
import { advertisedHost } from './advertisedHost.js'
import type { MasterOptions } from './daemonOptions.js'
import { stateDirOf, writePidFile } from './daemonState.js'
import { logLine, runDaemon, seconds } from './runDaemon.js'
import type { SignalTrap } from './signalTrap.js'

/** `tspark start-master`: gives the exit code once the master has ended, with --daemon once it is ready. */
export async function startMaster(options: MasterOptions, signals: SignalTrap): Promise<number> {
  const { host, port, tokenFile, scheduling, workerTimeout, driverTimeout, recoveryTimeout } = options
  const recoveryDir = options.recoveryDir === undefined ? undefined : resolve(options.recoveryDir)
  if (options.standby && recoveryDir === undefined) throw new TsparkError('TSPARK_USAGE', '--standby needs the --recovery-dir that the masters share')
  if (recoveryDir !== undefined && port === 0) {
    throw new TsparkError('TSPARK_USAGE', '--recovery-dir needs a port: nobody could find the master again with --port 0')
  }
  await assertPortFree(host, port)
  const token = ensureToken({ tokenFile, env: process.env })
  if (options.daemon) {
    const { daemonize } = await import('./daemonize.js')
    return await daemonize('master', { host, port })
  }
  const stateDir = (realPort: number) => stateDirOf(process.env, host, realPort)
  return await runDaemon(signals, async (stopEarly) => {
    let removePidFile = recoveryDir === undefined ? undefined : writePidFile(stateDir(port), 'master.pid')
    let lease: MasterLease | undefined
    try {
      lease = recoveryDir === undefined ? undefined : await takeLease(recoveryDir, options, stopEarly)
      const held = lease
      const master = await Master.start({
        host,
        port,
        token,
        stateDir: (realPort) => recoveryDir ?? stateDir(realPort),
        mayWrite: held && (() => held.held),
        scheduling,
        timeouts: { worker: workerTimeout, driver: driverTimeout, recovery: recoveryTimeout },
        log: logLine,
      })
      logLine(`given up when silent: a worker after ${seconds(workerTimeout)}, a driver ${seconds(driverTimeout)}, after a restart ${seconds(recoveryTimeout)}`)
      removePidFile ??= writePidFile(stateDir(master.port), 'master.pid')
      const removePid = removePidFile
      return {
        readyLine: formatAddress(advertisedHost(host), master.port),
        failed: lease?.lost,
        async stop() {
          await master.stop()
          held?.release()
          removePid()
        },
      }
    } catch (error) {
      lease?.release()
      removePidFile?.()
      throw error
    }
  })
}

function takeLease(dir: string, { host, port, standby }: MasterOptions, signal: AbortSignal): Promise<MasterLease> {
  const url = formatAddress(advertisedHost(host), port)
  const onStandby = (active: string) => void process.stdout.write(`${url} stands by for ${active}\n`)
  return MasterLease.take({ dir, url, onStandby: standby ? onStandby : undefined, signal, log: logLine })
}
