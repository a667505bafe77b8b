import { newMetrics } from '../plan/newMetrics.js'
import type { RunningMetrics } from '../plan/taskHost.js'

/** Metrics of a task whose records read so far other threads can see in a cell, while the task keeps its own thread busy. */
export function watchedMetrics(cells: Float64Array, slot: number): RunningMetrics {
  cells[slot] = 0
  const metrics = newMetrics()
  for (const name of ['inputRecords', 'shuffleReadRecords'] as const) {
    let value = 0
    Object.defineProperty(metrics, name, {
      enumerable: true,
      get: () => value,
      set: (next: number) => {
        cells[slot]! += next - value
        value = next
      },
    })
  }
  return metrics
}
