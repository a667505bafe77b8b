import type { RunningMetrics } from '../plan/taskHost.js'
import type { CompressionCodec } from '../protocol/executorMessages.js'
import type { MemoryBudget } from '../storage/memoryBudget.js'

/** What every collection needs that spills: the memory it shares, where it writes, whom it tells. */
export interface SpillOptions {
  readonly budget: MemoryBudget
  readonly spillDir: string
  readonly metrics: RunningMetrics
  /** compresses what is spilled */
  readonly spillCodec?: CompressionCodec | undefined
}
