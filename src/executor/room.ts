import type { MemoryBudget } from '../storage/memoryBudget.js'
import type { DecodedCache } from './decodedCache.js'
import type { FromSlot, SlotInit } from './slotMessages.js'

/** How long a slot waits for the executor's main thread, which is never busy for long. */
const PATIENCE_MS = 5000

/** Makes memory free for a slot's task: its decoded copies of cached partitions go first, then cached partitions. */
export class Room {
  readonly #answers: Int32Array

  constructor(
    readonly init: SlotInit,
    readonly budget: MemoryBudget,
    readonly decoded: DecodedCache,
    readonly post: (message: FromSlot) => void,
  ) {
    this.#answers = new Int32Array(init.rooms)
  }

  /** @param forRdd a partition of this RDD is to be cached: its others stay */
  make(bytes: number, forRdd?: number): void {
    this.decoded.makeRoom(bytes, forRdd)
    if (this.budget.free >= bytes) return
    const { slot } = this.init
    Atomics.store(this.#answers, slot, 0)
    this.post({ type: 'getRoom', bytes, rddId: forRdd })
    Atomics.wait(this.#answers, slot, 0, PATIENCE_MS)
  }
}
