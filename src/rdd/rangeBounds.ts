import { compareKeys } from '../plan/compareKeys.js'
import { engine, type FunctionSpec } from '../plan/functionRef.js'
import type { Lineage, Origin } from '../plan/lineage/lineage.js'
import { piecesOf } from '../plan/lineage/pieces.js'
import type { ActionSite } from '../plan/lineage/preparation.js'
import { atOperation } from '../plan/operationError.js'
import type { Internals } from './internals.js'

const SAMPLES_A_PARTITION = 20
const MOST_SAMPLES = 1_000_000
const OVERSAMPLING = 3

/**
 * Bounds that cut the keys of a lineage into about equal parts: a weighted sample, as Spark's RangePartitioner takes it, but of
 * some pieces of each split where the lineage is steps over lines of files.
 */
export async function rangeBounds(
  internals: Internals,
  lineage: Lineage,
  partitions: number,
  { operation, label }: Origin,
  keyFn: FunctionSpec | undefined,
  site: ActionSite,
  signal: AbortSignal | undefined,
): Promise<unknown[]> {
  if (partitions <= 1 || lineage.numPartitions === 0) return []
  const wanted = Math.min(SAMPLES_A_PARTITION * partitions, MOST_SAMPLES)
  const size = Math.ceil((OVERSAMPLING * wanted) / lineage.numPartitions)
  const fn = engine('sampleKeys', [size, lineage.id], keyFn ? [keyFn] : [])
  const sample = (from: Lineage): Promise<[seen: number, keys: unknown[]][]> =>
    internals.run({
      lineage: from,
      operation,
      action: { terminal: (builder) => ({ kind: 'partition', fn: builder.fn(fn), operation }), functions: [fn] },
      decode: (bytes) => internals.decode(bytes) as [seen: number, keys: unknown[]],
      options: { signal },
      site,
    })
  const pieces = piecesOf(lineage)
  let samples = pieces ? (await sample(pieces.lineage)).map(([seen, keys], index) => [seen * pieces.factors[index]!, keys] as const) : []
  // all is read where pieces cannot be, or hold too little because lines are long or most are filtered out
  if (samples.reduce((sum, [, keys]) => sum + keys.length, 0) < wanted) samples = await sample(lineage)
  const weighted = samples.flatMap(([seen, keys]) => keys.map((key) => ({ key, weight: seen / keys.length })))
  try {
    weighted.sort((a, b) => compareKeys(a.key, b.key))
  } catch (error) {
    throw atOperation(error, label())
  }
  const step = weighted.reduce((sum, { weight }) => sum + weight, 0) / partitions
  const bounds: unknown[] = []
  let passed = 0
  for (const { key, weight } of weighted) {
    passed += weight
    if (bounds.length >= partitions - 1) break
    if (passed < step * (bounds.length + 1)) continue
    // equal keys belong together
    if (bounds.length === 0 || compareKeys(bounds.at(-1), key) < 0) bounds.push(key)
  }
  return bounds
}
