import type { FunctionSpec } from '../plan/functionRef.js'
import { checkCount } from './arguments.js'
import type { RDD } from './rdd.js'
import type { ActionOptions } from './types.js'

/** Runs a function over partitions for at most a time; what is not done by then is cancelled. */
export async function approximately(
  rdd: RDD<never> | RDD<number> | RDD<readonly [unknown, unknown]>,
  operation: string,
  fn: FunctionSpec,
  timeoutMs: number,
  options: ActionOptions,
): Promise<{ results: unknown[]; share: number }> {
  checkCount(timeoutMs, operation, 'a time in milliseconds')
  const { internals, lineage } = rdd
  const byPartition: unknown[] = []
  const enough = new AbortController()
  const timer = setTimeout(() => enough.abort(), timeoutMs)
  const signal = options.signal ? AbortSignal.any([options.signal, enough.signal]) : enough.signal
  try {
    await internals.run({
      lineage,
      operation,
      action: { terminal: (builder) => ({ kind: 'partition', fn: builder.fn(fn), operation }), functions: [fn] },
      decode: (bytes) => internals.decode(bytes),
      options: { signal },
      onResult: (partition, value) => {
        byPartition[partition] = value
      },
    })
  } catch (error) {
    if (!enough.signal.aborted || options.signal?.aborted) throw error
  } finally {
    clearTimeout(timer)
  }
  // in the order of partitions, whichever ended first; those that did not end are holes
  const results = byPartition.filter(() => true)
  return { results, share: lineage.numPartitions === 0 ? 1 : results.length / lineage.numPartitions }
}
