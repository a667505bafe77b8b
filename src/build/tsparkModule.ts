import type { Plugin } from 'esbuild'

/** What a job can import; checked against src/index.ts by a test. */
export const API_NAMES = [
  'AccumulatorV2',
  'BarrierTaskContext',
  'Broadcast',
  'CollectionAccumulator',
  'DoubleAccumulator',
  'ExecutorResourceRequests',
  'HashPartitioner',
  'JobCancelledError',
  'LongAccumulator',
  'PartialResult',
  'Partitioner',
  'RDD',
  'RDDBarrier',
  'RangePartitioner',
  'ResourceProfile',
  'ResourceProfileBuilder',
  'SparkConf',
  'SparkContext',
  'SparkFiles',
  'StatCounter',
  'StatusTracker',
  'StorageLevel',
  'TaskContext',
  'TaskFailedError',
  'TaskResourceRequests',
  'TsparkError',
  'defineJob',
] as const

const MODULE = `const api = globalThis[Symbol.for('tspark.rt')].api
${API_NAMES.map((name) => `export const ${name} = api.${name}`).join('\n')}
export default api
`

/** `import 'tspark'` gives the engine that runs the job, never a second copy. */
export const tsparkModule: Plugin = {
  name: 'tspark',
  setup(build) {
    build.onResolve({ filter: /^tspark$/ }, () => ({ path: 'tspark', namespace: 'tspark' }))
    build.onLoad({ filter: /.*/, namespace: 'tspark' }, () => ({ contents: MODULE, loader: 'js' }))
  },
}
