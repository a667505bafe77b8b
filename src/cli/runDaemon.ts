import type { EndSignal, SignalTrap } from './signalTrap.js'

const END_WITHIN_MS = 9_000

/** A daemon that has started. */
export interface RunningDaemon {
  /** the one line that tells a script it is ready */
  readonly readyLine: string
  /** settles when it cannot go on */
  readonly failed?: Promise<Error>
  stop(): Promise<void>
  /** prepares for the end without haste */
  decommission?(): Promise<void>
}

/** One line of a daemon's log, on stderr. */
export function logLine(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`)
}

/** A duration in a line of the log. */
export function seconds(ms: number): string {
  return `${ms / 1000} s`
}

/** Starts a daemon, tells that it is ready, and runs it until a signal ends it; gives the exit code. */
export async function runDaemon(signals: SignalTrap, start: (stopEarly: AbortSignal) => Promise<RunningDaemon>): Promise<number> {
  const early = new AbortController()
  const ended = new Promise<EndSignal>((resolve) => {
    signals.handle((signal) => {
      early.abort()
      setTimeout(() => process.exit(1), END_WITHIN_MS).unref()
      resolve(signal)
    })
  })
  let daemon: RunningDaemon
  try {
    daemon = await start(early.signal)
  } catch (error) {
    if (early.signal.aborted) return 0
    throw error
  }
  process.stdout.write(`${daemon.readyLine}\n`)
  const decommissioned = new Promise<'SIGPWR'>((resolve) => {
    if (!daemon.decommission) return
    process.once('SIGPWR', () => {
      logLine('SIGPWR: no more work is taken')
      void daemon.decommission?.().then(() => resolve('SIGPWR'))
    })
  })
  const end = await Promise.race([ended, decommissioned, ...(daemon.failed ? [daemon.failed] : [])])
  if (typeof end === 'string') logLine(`${end}: stopping`)
  await daemon.stop()
  if (typeof end !== 'string') throw end
  return 0
}
