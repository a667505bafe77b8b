import { describeOperations } from '../../helpers/describeOperations.js'

/** the sum of the numbers, of the lengths of the texts, and how often a record was computed */
const ONCE = '[ 4950, 790, 100 ]'

describeOperations('caching', {
  'cache computes once': ONCE,
  'persist at DISK_ONLY computes once': ONCE,
  'persist at DISK_ONLY_2 computes once': ONCE,
  'persist at DISK_ONLY_3 computes once': ONCE,
  'persist at MEMORY_ONLY computes once': ONCE,
  'persist at MEMORY_ONLY_2 computes once': ONCE,
  'persist at MEMORY_ONLY_SER computes once': ONCE,
  'persist at MEMORY_ONLY_SER_2 computes once': ONCE,
  'persist at MEMORY_AND_DISK computes once': ONCE,
  'persist at MEMORY_AND_DISK_2 computes once': ONCE,
  'persist at MEMORY_AND_DISK_SER computes once': ONCE,
  'persist at MEMORY_AND_DISK_SER_2 computes once': ONCE,
  'a task that reads a partition twice keeps it once': '[ 0, 100, 4950 ]',
  'without it everything is computed again': '200',
  'a step made before the cache reads it': '[ 5050, 100 ]',
  'unpersist forgets, then it is computed again': /^\[ 1, 0, 200, 'StorageLevel\(none/,
  'NONE keeps nothing': '[ true, 4950, 790, 200 ]',
  'NONE is no way to forget': /^TSPARK_ARGUMENT: persist\(\): .*unpersist/,
  'a level changes only after unpersist': /^TSPARK_ARGUMENT: persist\(\): .*unpersist/,
  'a shuffle is computed once for several actions': '[ 5, 4950, 100 ]',
  'checkpoint needs a folder': /^TSPARK_\w+: checkpoint\(\): .*setCheckpointDir/,
  'checkpoint cuts the lineage': /^\[ false, true, true, 9900, 9900, 100, [12] \]$/,
  'localCheckpoint cuts the lineage without a folder': '[ 4950, 4950, 100 ]',
})
