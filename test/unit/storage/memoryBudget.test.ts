import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../../src/storage/memoryBudget.js'

describe('a memory budget', () => {
  it('is one for all who hold its buffer', () => {
    const budget = MemoryBudget.create(1 << 20)
    const other = new MemoryBudget(budget.buffer)
    expect(budget.tryAcquire(600 * 1024)).toBe(true)
    expect(other.used).toBe(600 * 1024)
    expect(other.tryAcquire(600 * 1024)).toBe(false)
    expect(other.used).toBe(600 * 1024)
    budget.release(600 * 1024)
    expect(other.tryAcquire(other.total)).toBe(true)
  })
})
