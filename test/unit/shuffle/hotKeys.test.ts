import { describe, expect, it } from 'vitest'
import { ListColumn } from '../../../src/shuffle/column.js'
import { HotKeys } from '../../../src/shuffle/hotKeys.js'

function observed(count: number, keyOf: (index: number) => unknown, batch = 1024): ReturnType<HotKeys['top']> {
  const hot = new HotKeys()
  for (let at = 0; at < count; at += batch) hot.observe(new ListColumn(Array.from({ length: Math.min(batch, count - at) }, (_, i) => keyOf(at + i))))
  return hot.top()
}

describe('hot keys', () => {
  it('are those with a large share of the records, the largest first', () => {
    const top = observed(500_000, (i) => (i % 10 < 6 ? { country: 'us' } : i % 10 < 8 ? 7 : `rare ${i}`))
    expect(top.map(({ key }) => key)).toEqual(['{"country":"us"}', '7'])
    expect(top[0]!.records).toBeGreaterThan(250_000)
    expect(top[0]!.records).toBeLessThan(350_000)
  })

  it('are found in batches of any size, not among few records and not when no key stands out', () => {
    expect(observed(500_000, () => 'all', 7)).toEqual([{ key: '"all"', records: 500_000 }])
    expect(observed(10_000, () => 'all')).toEqual([])
    expect(observed(500_000, (i) => i)).toEqual([])
  })

  it('are shortened for people', () => {
    expect(observed(100_000, () => 'x'.repeat(1000))[0]!.key).toHaveLength(41)
  })
})
