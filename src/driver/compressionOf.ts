import type { Compression } from '../protocol/executorMessages.js'
import type { Settings } from '../protocol/settings.js'
import type { WorkerInfo } from '../protocol/shapes.js'

/** What tasks compress: by `auto`, shuffles and spills of an application that has workers on several hosts. */
export function compressionOf(settings: Settings, workers: readonly WorkerInfo[]): Compression {
  const several = new Set(workers.map(({ hostId }) => hostId)).size > 1
  const codec = settings['spark.io.compression.codec']
  const wanted = (choice: 'auto' | 'true' | 'false') => ((choice === 'auto' && several) || choice === 'true' ? codec : undefined)
  return {
    shuffle: wanted(settings['spark.shuffle.compress']),
    spill: wanted(settings['spark.shuffle.spill.compress']),
    rdd: settings['spark.rdd.compress'] ? codec : undefined,
  }
}
