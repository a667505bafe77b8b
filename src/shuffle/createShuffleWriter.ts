import type { ShuffleSink } from '../plan/taskHost.js'
import { CombiningWriter } from './combiningWriter.js'
import { PlainWriter, type ShuffleWriterOptions } from './plainWriter.js'

/** Takes the pairs of a map task; with a combiner they are combined by key before they are written. */
export function createShuffleWriter(options: ShuffleWriterOptions): ShuffleSink {
  const { combiner } = options.spec
  return combiner ? new CombiningWriter({ ...options, combiner }) : new PlainWriter(options)
}
