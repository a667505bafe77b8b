import type { RunningMetrics } from './taskHost.js'

/** The numbers of a task that has done nothing yet. */
export function newMetrics(): RunningMetrics {
  return {
    inputRecords: 0,
    inputBytes: 0,
    outputRecords: 0,
    outputBytes: 0,
    shuffleReadRecords: 0,
    shuffleReadBytes: 0,
    shuffleWriteRecords: 0,
    shuffleWriteBytes: 0,
    spills: 0,
    spilledBytes: 0,
    fetchWait: 0,
    peakMemory: 0,
  }
}
