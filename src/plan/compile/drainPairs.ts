import { type BatchSource, isPairSource, type PairColumns } from '../batchSource.js'
import type { TaskHost } from '../taskHost.js'
import type { Awaitable } from './after.js'
import { drain } from './drain.js'
import { loopSupport } from './loopSupport.js'

/** Reads a source of pairs to its end, by columns; what is no pair is refused. */
export function drainPairs(source: BatchSource, take: (pairs: PairColumns) => void, host: TaskHost): Awaitable<void> {
  const process = (pairs: PairColumns): boolean => {
    take(pairs)
    return false
  }
  if (isPairSource(source)) return drain({ next: () => source.nextPairs(), close: () => source.close() }, process, host)
  return drain(source, (batch) => process(columnsOf(batch)), host)
}

function columnsOf(records: readonly unknown[]): PairColumns {
  const keys: unknown[] = []
  const values: unknown[] = []
  for (let i = 0; i < records.length; i++) {
    const pair = records[i]
    if (!Array.isArray(pair)) loopSupport.notPair(pair)
    keys.push((pair as unknown[])[0])
    values.push((pair as unknown[])[1])
  }
  return { keys, values }
}
