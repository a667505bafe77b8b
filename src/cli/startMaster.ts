import { Master } from '../master/master.js'
import { formatAddress } from '../protocol/address.js'
import { assertPortFree } from '../protocol/assertPortFree.js'
import { ensureToken } from '../protocol/token.js'
import { advertisedHost } from './advertisedHost.js'
import type { MasterOptions } from './daemonOptions.js'
import { stateDirOf, writePidFile } from './daemonState.js'
import { logLine, runDaemon } from './runDaemon.js'
import type { SignalTrap } from './signalTrap.js'

/** `tspark start-master`: gives the exit code once the master has ended, with --daemon once it is ready. */
export async function startMaster(options: MasterOptions, signals: SignalTrap): Promise<number> {
  const { host, port, tokenFile, scheduling } = options
  await assertPortFree(host, port)
  const token = ensureToken({ tokenFile, env: process.env })
  if (options.daemon) {
    const { daemonize } = await import('./daemonize.js')
    return await daemonize('master', { host, port })
  }
  return await runDaemon(signals, async () => {
    const stateDir = (realPort: number) => stateDirOf(process.env, host, realPort)
    const master = await Master.start({ host, port, token, stateDir, scheduling, log: logLine })
    const removePidFile = writePidFile(stateDir(master.port), 'master.pid')
    return {
      readyLine: formatAddress(advertisedHost(host), master.port),
      async stop() {
        await master.stop()
        removePidFile()
      },
    }
  })
}
