import type { BatchSource, PairColumns } from '../plan/batchSource.js'
import { ColumnSource } from '../plan/columnSource.js'
import type { Entry } from './arrivalOrder.js'

/** Entries as the pairs they stand for. */
export class EntrySource extends ColumnSource {
  constructor(
    readonly source: BatchSource<Entry>,
    readonly onClose: () => void,
  ) {
    super()
  }

  nextPairs(): PairColumns | null {
    // entries never wait
    const entries = this.source.next() as readonly Entry[] | null
    return entries && { keys: entries.map(([key]) => key), values: entries.map(([, value]) => value) }
  }

  close(): void {
    this.onClose()
  }
}
