import { describe, expect, it } from 'vitest'
import { executorAllocationOptions } from '../../../src/protocol/executorAllocationOptions.js'

const conf = (settings: Record<string, string>) =>
  Object.fromEntries(Object.entries({ enabled: 'true', ...settings }).map(([key, value]) => [`spark.dynamicAllocation.${key}`, value]))

describe('settings of dynamic allocation', () => {
  it("is off by default and has Spark's values when it is on", () => {
    expect(executorAllocationOptions({}, {})).toBeUndefined()
    expect(executorAllocationOptions(conf({}), { executorCores: 2 })).toEqual({
      min: 0,
      max: Number.POSITIVE_INFINITY,
      initial: 0,
      executorCores: 2,
      idleTimeout: 60_000,
      cachedIdleTimeout: Number.POSITIVE_INFINITY,
      backlogTimeout: 1_000,
      sustainedBacklogTimeout: 1_000,
      ratio: 1,
    })
  })

  it('begins with the largest of minExecutors, initialExecutors and --num-executors', () => {
    expect(executorAllocationOptions(conf({ minExecutors: '2', initialExecutors: '3' }), { numExecutors: 5 })?.initial).toBe(5)
    expect(executorAllocationOptions(conf({ minExecutors: '2' }), {})?.initial).toBe(2)
  })

  it.each([
    [{ minExecutors: '3', maxExecutors: '2' }, {}, 'minExecutors=3 is more than spark.dynamicAllocation.maxExecutors=2'],
    [{ maxExecutors: '2', initialExecutors: '3' }, {}, 'initialExecutors=3 is more than'],
    [{ minExecutors: '2', initialExecutors: '1' }, {}, 'initialExecutors=1 is less than'],
    [{ maxExecutors: '2' }, { numExecutors: 3 }, '--num-executors 3 is more than'],
    [{ minExecutors: '2' }, { numExecutors: 1 }, '--num-executors 1 is less than'],
  ])('refuses %j beside %j', (settings, resources, message) => {
    expect(() => executorAllocationOptions(conf(settings as never), resources)).toThrow(message)
  })
})
