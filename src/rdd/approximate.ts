import { StatCounter } from '../plan/engine/statCounter.js'
import type { BoundedDouble } from './types.js'

/** A count from the part of the partitions that is done: a Poisson process, as Spark's CountEvaluator takes it. */
export function boundedCount(seen: number, share: number, confidence: number): BoundedDouble {
  if (share >= 1) return { mean: seen, low: seen, high: seen, confidence: 1 }
  if (share <= 0) return { mean: 0, low: 0, high: Number.POSITIVE_INFINITY, confidence: 0 }
  const mean = (seen + 1 - share) / share
  const deviation = Math.sqrt(((seen + 1) * (1 - share)) / (share * share))
  const reach = quantile(0.5 + confidence / 2) * deviation
  return { mean, low: Math.max(seen, mean - reach), high: mean + reach, confidence }
}

/** A sum or a mean from the part that is done. */
export function boundedSum(parts: readonly StatCounter[], share: number, confidence: number, what: 'sum' | 'mean'): BoundedDouble {
  const stats = new StatCounter()
  for (const part of parts) stats.mergeStats(part)
  if (share >= 1) {
    const exact = what === 'sum' ? (stats.count() === 0 ? 0 : stats.sum()) : stats.mean()
    return { mean: exact, low: exact, high: exact, confidence: 1 }
  }
  if (stats.count() === 0) return { mean: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, confidence: 0 }
  const z = quantile(0.5 + confidence / 2)
  const meanVariance = stats.sampleVariance() / stats.count()
  if (what === 'mean') return around(stats.mean(), z * Math.sqrt(meanVariance || 0), confidence)
  const count = (stats.count() + 1 - share) / share
  const countVariance = ((stats.count() + 1) * (1 - share)) / (share * share)
  const variance = meanVariance * count * count + countVariance * stats.mean() ** 2 + meanVariance * countVariance
  return around(stats.mean() * count, z * Math.sqrt(variance || 0), confidence)
}

function around(mean: number, reach: number, confidence: number): BoundedDouble {
  return { mean, low: mean - reach, high: mean + reach, confidence }
}

/** The standard normal quantile (Acklam's rational approximation, error below 1.2e-9). */
function quantile(p: number): number {
  if (p >= 1) return Number.POSITIVE_INFINITY
  const q = p - 0.5
  if (Math.abs(q) <= 0.47575) {
    const r = q * q
    const top =
      ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r - 30.66479806614716) * r + 2.506628277459239
    const bottom = ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) * r + 1
    return (top * q) / bottom
  }
  const r = Math.sqrt(-2 * Math.log(1 - p))
  const top =
    ((((-0.007784894002430293 * r - 0.3223964580411365) * r - 2.400758277161838) * r - 2.549732539343734) * r + 4.374664141464968) * r + 2.938163982698783
  const bottom = (((0.007784695709041462 * r + 0.3224671290700398) * r + 2.445134137142996) * r + 3.754408661907416) * r + 1
  return -top / bottom
}
