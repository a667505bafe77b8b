import type { TransferListItem } from 'node:worker_threads'
import type { LocalDirs } from '../storage/localDirs.js'
import type { MemoryBudget } from '../storage/memoryBudget.js'
import type { Broadcasts } from './broadcasts.js'
import type { DecodedCache } from './decodedCache.js'
import type { ReadAheads } from './readAheads.js'
import type { Requests } from './requests.js'
import type { Room } from './room.js'
import type { FromSlot, SlotInit } from './slotMessages.js'

/** What all tasks of a slot share. */
export interface SlotState {
  readonly init: SlotInit
  readonly budget: MemoryBudget
  readonly kills: Int32Array
  /** records each slot's task has read so far */
  readonly progress: Float64Array
  readonly dirs: LocalDirs
  readonly broadcasts: Broadcasts
  readonly ahead: ReadAheads
  readonly decoded: DecodedCache
  readonly room: Room
  readonly requests: Requests
  post(message: FromSlot, transfer?: readonly TransferListItem[]): void
}
