import type { TsparkEvent } from '../events/event.js'
import type { StorageStatus } from '../scheduler/storageStatus.js'
import type { AccumulatorUpdates } from './accumulatorUpdates.js'
import type { Application } from './application.js'
import type { CopyWait } from './copyWait.js'
import type { ListenerBus } from './listenerBus.js'
import type { TaskPlaces } from './taskPlaces.js'

/** What both halves of the driver's conversation with executors work on: what the scheduler wants from them, and what they report. */
export interface ApplicationParts {
  readonly app: Application
  readonly accumulators: AccumulatorUpdates
  readonly places: TaskPlaces
  readonly storage: StorageStatus
  readonly copies: CopyWait
  readonly listeners: ListenerBus
  readonly emit: (event: TsparkEvent) => void
}
