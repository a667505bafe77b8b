import { TsparkError } from '../events/tsparkError.js'
import { StatCounter } from '../plan/engine/statCounter.js'
import { engine } from '../plan/functionRef.js'
import { boundedSum } from './approximate.js'
import { approximately } from './approximately.js'
import { PairActions } from './pairActions.js'
import type { RDD } from './rdd.js'
import type { ActionOptions, BoundedDouble } from './types.js'

/** Actions of RDDs of numbers (Spark's DoubleRDDFunctions). */
export abstract class NumericActions<T> extends PairActions<T> {
  /** Count, mean, variance, extremes in one pass. */
  async stats(this: RDD<number>, options: ActionOptions = {}): Promise<StatCounter> {
    return await this.statistics('stats', options)
  }

  /** The sum; 0 of nothing. */
  async sum(this: RDD<number>, options: ActionOptions = {}): Promise<number> {
    const parts = await this.onPartitions<number>('sum', engine('sum'), options)
    return parts.reduce((total, part) => total + part, 0)
  }

  /** The mean; 0 of nothing. */
  async mean(this: RDD<number>, options: ActionOptions = {}): Promise<number> {
    return (await this.statistics('mean', options)).mean()
  }

  /** The population variance; NaN of nothing. */
  async variance(this: RDD<number>, options: ActionOptions = {}): Promise<number> {
    return (await this.statistics('variance', options)).variance()
  }

  /** Same as `variance`. */
  async popVariance(this: RDD<number>, options: ActionOptions = {}): Promise<number> {
    return (await this.statistics('popVariance', options)).variance()
  }

  /** The variance of a sample (with n - 1). */
  async sampleVariance(this: RDD<number>, options: ActionOptions = {}): Promise<number> {
    return (await this.statistics('sampleVariance', options)).sampleVariance()
  }

  /** The population standard deviation. */
  async stdev(this: RDD<number>, options: ActionOptions = {}): Promise<number> {
    return (await this.statistics('stdev', options)).stdev()
  }

  /** Same as `stdev`. */
  async popStdev(this: RDD<number>, options: ActionOptions = {}): Promise<number> {
    return (await this.statistics('popStdev', options)).stdev()
  }

  /** The standard deviation of a sample (with n - 1). */
  async sampleStdev(this: RDD<number>, options: ActionOptions = {}): Promise<number> {
    return (await this.statistics('sampleStdev', options)).sampleStdev()
  }

  /**
   * How many numbers lie in each bucket: `[edges, counts]`. Buckets include their lower edge, the last one its upper too.
   * @param buckets a number of equal buckets between the smallest and the largest number, or the edges, rising
   * @throws `TSPARK_ARGUMENT` for fewer than one bucket or edges that don't rise
   */
  async histogram(this: RDD<number>, buckets: number | readonly number[], options: ActionOptions = {}): Promise<[edges: number[], counts: number[]]> {
    const { edges, even } = typeof buckets === 'number' ? await this.evenEdges(buckets, options) : { edges: checkEdges(buckets), even: false }
    const counts = new Array<number>(edges.length - 1).fill(0)
    for (const part of await this.onPartitions<number[]>('histogram', engine('bucketCounts', [edges, even]), options)) {
      for (const [index, count] of part.entries()) counts[index]! += count
    }
    return [edges, counts]
  }

  /** The sum as far as it is known after a time. @param timeoutMs milliseconds @param confidence of the interval, 0 to 1 (default 0.95) */
  async sumApprox(this: RDD<number>, timeoutMs: number, confidence = 0.95, options: ActionOptions = {}): Promise<BoundedDouble> {
    const parts = await approximately(this, 'sumApprox', engine('statistics'), timeoutMs, options)
    return boundedSum(
      parts.results.map((fields) => StatCounter.of(fields as never)),
      parts.share,
      confidence,
      'sum',
    )
  }

  /** The mean as far as it is known after a time; see `sumApprox`. */
  async meanApprox(this: RDD<number>, timeoutMs: number, confidence = 0.95, options: ActionOptions = {}): Promise<BoundedDouble> {
    const parts = await approximately(this, 'meanApprox', engine('statistics'), timeoutMs, options)
    return boundedSum(
      parts.results.map((fields) => StatCounter.of(fields as never)),
      parts.share,
      confidence,
      'mean',
    )
  }

  /** @internal */
  async statistics(operation: string, options: ActionOptions): Promise<StatCounter> {
    const stats = new StatCounter()
    for (const fields of await this.onPartitions(operation, engine('statistics'), options)) stats.mergeStats(StatCounter.of(fields as never))
    return stats
  }

  /** @internal */
  async evenEdges(buckets: number, options: ActionOptions): Promise<{ edges: number[]; even: boolean }> {
    if (!Number.isSafeInteger(buckets) || buckets < 1) {
      throw new TsparkError('TSPARK_ARGUMENT', `histogram(): a number of buckets is a whole number from 1, not ${String(buckets)}`)
    }
    const stats = await this.statistics('histogram', options)
    if (stats.count() === 0) throw new TsparkError('TSPARK_EMPTY', 'histogram(): empty collection', { hint: 'give the edges of the buckets' })
    const [low, high] = [stats.min(), stats.max()]
    if (!Number.isFinite(low) || !Number.isFinite(high)) {
      throw new TsparkError('TSPARK_ARGUMENT', 'histogram(): there are NaN or infinite numbers, so there are no equal buckets', {
        hint: 'give the edges of the buckets',
      })
    }
    if (low === high || buckets === 1) return { edges: [low, high], even: false }
    const edges = Array.from({ length: buckets + 1 }, (_, index) => (index === buckets ? high : low + ((high - low) * index) / buckets))
    return { edges, even: true }
  }
}

function checkEdges(edges: readonly number[]): number[] {
  const rise =
    Array.isArray(edges) &&
    edges.length >= 2 &&
    edges.every((edge, index) => typeof edge === 'number' && (index === 0 ? !Number.isNaN(edge) : edge > edges[index - 1]!))
  if (rise) return [...edges]
  throw new TsparkError('TSPARK_ARGUMENT', 'histogram(): the edges are at least two numbers, each larger than the one before')
}
