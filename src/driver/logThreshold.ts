import type { LogLevel } from '../rdd/jobRunner.js'

const RANKS: Readonly<Record<LogLevel, number>> = { ALL: 0, TRACE: 0, DEBUG: 0, INFO: 1, WARN: 2, ERROR: 3, FATAL: 4, OFF: 4 }
const EVENTS = { debug: 0, info: 1, warn: 2, error: 3 } as const

/** Which of the driver's own log lines are told; `sc.setLogLevel` moves it. */
export class LogThreshold {
  level: LogLevel = 'ALL'

  passes(level: keyof typeof EVENTS): boolean {
    return EVENTS[level] >= RANKS[this.level]
  }
}
