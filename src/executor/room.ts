import type { MemoryBudget } from '../storage/memoryBudget.js'
import { askAndWait } from './askAndWait.js'
import type { DecodedCache } from './decodedCache.js'
import type { ReadAheads } from './readAheads.js'
import type { FromSlot, SlotInit } from './slotMessages.js'

/** Makes memory free for a slot's task: what it has read ahead goes first, then its decoded copies of cached partitions, then cached partitions. */
export class Room {
  constructor(
    readonly init: SlotInit,
    readonly budget: MemoryBudget,
    readonly ahead: ReadAheads,
    readonly decoded: DecodedCache,
    readonly post: (message: FromSlot) => void,
  ) {}

  /** @param forRdd a partition of this RDD is to be cached: its others stay */
  make(bytes: number, forRdd?: number): void {
    this.ahead.makeRoom(bytes)
    this.decoded.makeRoom(bytes, forRdd)
    if (this.budget.free >= bytes) return
    askAndWait(this.init, { type: 'getRoom', bytes, rddId: forRdd }, this.post)
  }
}
