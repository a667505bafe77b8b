import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../../src/storage/memoryBudget.js'

const KIB = 1024

describe('a memory budget', () => {
  it('is one for all who hold its buffer', () => {
    const budget = MemoryBudget.create(1 << 20)
    const other = new MemoryBudget(budget.buffer)
    expect(budget.tryAcquire(600 * KIB)).toBe(true)
    expect(other.used).toBe(600 * KIB)
    expect(other.tryAcquire(600 * KIB)).toBe(false)
    expect(other.used).toBe(600 * KIB)
    budget.release(600 * KIB)
    expect(other.tryAcquire(other.total)).toBe(true)
  })

  it('takes back what an owner held that has ended, but not what it handed over', () => {
    const budget = MemoryBudget.create(1 << 20, 3)
    const [first, second] = [new MemoryBudget(budget.buffer, 1), new MemoryBudget(budget.buffer, 2)]
    first.tryAcquire(300 * KIB)
    second.tryAcquire(200 * KIB)
    first.handOver(100 * KIB, 0)
    budget.reclaim(1)
    expect(budget.used).toBe(300 * KIB)
    budget.release(100 * KIB)
    second.release(200 * KIB)
    expect(budget.used).toBe(0)
  })

  it('asks for room when there is none', () => {
    const budget = MemoryBudget.create(1 << 20)
    budget.tryAcquire(1 << 20)
    const asked: number[] = []
    const hungry = new MemoryBudget(budget.buffer, 0, (bytes) => {
      asked.push(bytes)
      budget.release(200 * KIB)
    })
    expect(hungry.tryAcquire(150 * KIB)).toBe(true)
    expect(hungry.tryAcquire(500 * KIB)).toBe(false)
    expect(asked).toEqual([150 * KIB, 500 * KIB])
  })

  it('gives less while the process is larger than it should be', () => {
    const budget = MemoryBudget.create(1 << 20)
    budget.pressure = 800 * KIB
    expect(budget.free).toBe(224 * KIB)
    expect(budget.tryAcquire(300 * KIB)).toBe(false)
    budget.pressure = 0
    expect(budget.tryAcquire(300 * KIB)).toBe(true)
  })
})
