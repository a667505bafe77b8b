import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PlacedExecutor, type PlacementApp, type PlacementInput, place } from '../../../src/master/placement.js'
import { executorsToReclaim } from '../../../src/master/reclaim.js'

const GIB = 2 ** 30

function input(cores: readonly number[], apps: readonly PlacementApp['request'][], executors: readonly PlacedExecutor[] = []): PlacementInput {
  return {
    workers: cores.map((count, i) => ({ workerId: `w${i}`, label: `w${i}`, cores: count, memory: 64 * GIB })),
    apps: apps.map((request, i) => ({ appId: `a${i}`, name: `job ${i}`, request })),
    executors,
    scheduling: 'fair',
  }
}

/** Lets a master place and take back until nothing moves. */
function settle(start: PlacementInput): { executors: readonly PlacedExecutor[]; reclaimed: number } {
  let executors = start.executors
  for (let reclaimed = 0; reclaimed < 500; reclaimed++) {
    executors = [...executors, ...place({ ...start, executors }).grants]
    const victims = new Set(executorsToReclaim({ ...start, executors }))
    if (victims.size === 0) return { executors, reclaimed }
    executors = executors.filter((executor) => !victims.has(executor))
  }
  throw new Error('executors are taken to and fro without end')
}

const coresOf = (executors: readonly PlacedExecutor[], appId: string) =>
  executors.filter((executor) => executor.appId === appId).reduce((sum, { cores }) => sum + cores, 0)

describe('fair scheduling of applications', () => {
  it('gives an application that is alone everything', () => {
    expect(coresOf(settle(input([4, 4], [{}])).executors, 'a0')).toBe(8)
  })

  it('gives a second application its share of what the first one has', () => {
    const first = settle(input([4], [{}])).executors
    const { executors, reclaimed } = settle(input([4], [{}, {}], first))
    expect([coresOf(executors, 'a0'), coresOf(executors, 'a1'), reclaimed]).toEqual([2, 2, 1])
  })

  it('takes back executors of a fixed size, but never the last one', () => {
    const first = settle(input([4], [{ executorCores: 1 }])).executors
    expect(coresOf(settle(input([4], [{ executorCores: 1 }, { executorCores: 2 }], first)).executors, 'a0')).toBe(2)
    const whole = settle(input([4], [{ executorCores: 4 }])).executors
    expect(settle(input([4], [{ executorCores: 4 }, {}], whole)).reclaimed).toBe(0)
  })

  it('does not take back for an application that could not use it', () => {
    const first = settle(input([4], [{}])).executors
    expect(settle(input([4], [{}, { executorCores: 4 }], first)).reclaimed).toBe(0)
    expect(settle(input([4], [{}, { executorMemory: 100 * GIB }], first)).reclaimed).toBe(0)
  })

  it('gives what comes free to those who are there, also on workers they have already', () => {
    const executors = settle(input([4], [{}, {}], settle(input([4], [{}])).executors)).executors
    const rest = executors.filter(({ appId }) => appId === 'a0')
    expect(coresOf(settle(input([4], [{}], rest)).executors, 'a0')).toBe(4)
  })

  it('comes to rest whoever asks for what, and nobody waits while another has more executors than its share allows', () => {
    const request = fc.record({ executorCores: fc.integer({ min: 1, max: 4 }), totalExecutorCores: fc.integer({ min: 1, max: 12 }) }, { requiredKeys: [] })
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 5 }),
        fc.array(request, { minLength: 1, maxLength: 6 }),
        (cores, requests) => {
          let executors: readonly PlacedExecutor[] = []
          for (let arrived = 1; arrived <= requests.length; arrived++) executors = settle(input(cores, requests.slice(0, arrived), executors)).executors
          const open = requests.every(({ executorCores }) => executorCores === undefined)
          const enough = cores.reduce((a, b) => a + b, 0) >= requests.length
          if (open && enough) for (const i of requests.keys()) expect(coresOf(executors, `a${i}`)).toBeGreaterThan(0)
        },
      ),
    )
  })
})
