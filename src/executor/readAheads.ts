import { ReadAhead } from '../shuffle/readAhead.js'
import type { MemoryBudget } from '../storage/memoryBudget.js'
import type { SlotStage } from './slotMessages.js'

/** What a slot has read ahead of map outputs, by the stage that reads them. */
export class ReadAheads {
  readonly #stages = new Map<number, ReadAhead>()

  constructor(readonly budget: MemoryBudget) {}

  of({ stageId, shuffles }: SlotStage): ReadAhead {
    let found = this.#stages.get(stageId)
    if (!found) {
      found = new ReadAhead(
        shuffles.reduce((sum, { outputs }) => sum + outputs.length, 0),
        this.budget,
      )
      this.#stages.set(stageId, found)
    }
    return found
  }

  /** The stage is over, or has new outputs to read. */
  dropStage(stageId: number): void {
    this.#stages.get(stageId)?.clear()
    this.#stages.delete(stageId)
  }

  /** Drops what was read until so many bytes are free. */
  makeRoom(bytes: number): void {
    for (const ahead of this.#stages.values()) {
      if (this.budget.free >= bytes) return
      ahead.clear()
    }
  }
}
