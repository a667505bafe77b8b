import { describe, expect, it } from 'vitest'
import { SkewWatch } from '../../../src/scheduler/skewWatch.js'

const KEYS = [{ key: '"us"', records: 90_000 }]

function watched(...records: number[]): SkewWatch {
  const watch = new SkewWatch()
  for (const [partition, count] of records.entries()) watch.observe(partition, count, KEYS)
  return watch
}

describe('the skew of a stage', () => {
  it('names the partition that is out of proportion, and its keys', () => {
    expect(watched(1000, 3000, 100_000, 2000).skew()).toEqual({ partition: 2, records: 100_000, median: 2000, keys: KEYS })
  })

  it('is nothing when partitions are alike, few, small, or no key explains it', () => {
    expect(watched(100_000, 90_000, 110_000).skew()).toBeUndefined()
    expect(watched(100_000).skew()).toBeUndefined()
    expect(watched(10, 20, 30_000).skew()).toBeUndefined()
    const watch = watched(10, 20)
    watch.observe(2, 1_000_000, [])
    expect(watch.skew()).toBeUndefined()
  })
})
