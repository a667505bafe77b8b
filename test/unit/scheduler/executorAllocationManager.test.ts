import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExecutorAllocationOptions } from '../../../src/protocol/executorAllocationOptions.js'
import { type AllocationView, ExecutorAllocationManager } from '../../../src/scheduler/executorAllocationManager.js'

const OPTIONS: ExecutorAllocationOptions = {
  min: 0,
  max: Number.POSITIVE_INFINITY,
  initial: 0,
  executorCores: 1,
  idleTimeout: 60_000,
  cachedIdleTimeout: Number.POSITIVE_INFINITY,
  backlogTimeout: 1_000,
  sustainedBacklogTimeout: 1_000,
  ratio: 1,
}

/** Executors `e0`, `e1` … with so many running tasks each. */
function view(tasks: number, used: readonly number[] = [], { cores = 1, caches = false, cpus = 1 } = {}): AllocationView {
  return { tasks: [{ count: tasks, cpus }], executors: used.map((count, i) => ({ executorId: `e${i}`, cores, used: count, caches })) }
}

describe('asking for executors', () => {
  it('waits for the backlog to last, then asks for 1, 2, 4, 8 more', () => {
    const manager = new ExecutorAllocationManager(OPTIONS)
    const totals = [0, 999, 1_000, 1_999, 2_000, 3_000, 4_000, 5_000].map((now) => manager.decide(now, view(1_000)).total)
    expect(totals).toEqual([0, 0, 1, 1, 3, 7, 15, 31])
  })

  it('asks for no more than all tasks could use, and starts over with one when the backlog is gone', () => {
    const manager = new ExecutorAllocationManager({ ...OPTIONS, executorCores: 4 })
    const at = (now: number, tasks: number, running: readonly number[]) => manager.decide(now, view(tasks, running, { cores: 4 })).total
    expect([0, 1_000, 2_000, 3_000].map((now) => at(now, 10, []))).toEqual([0, 1, 3, 3])
    // three executors run all ten: no backlog, and two of them will do for seven
    expect(at(4_000, 10, [4, 4, 2])).toBe(3)
    expect(at(5_000, 7, [4, 3, 0])).toBe(2)
    expect(at(6_000, 100, [4, 4, 4])).toBe(2)
    expect(at(7_000, 100, [4, 4, 4])).toBe(4)
    expect(at(8_000, 100, [4, 4, 4, 4])).toBe(6)
  })

  it('counts how many tasks of several cores fit on one', () => {
    const manager = new ExecutorAllocationManager({ ...OPTIONS, executorCores: 5 })
    let total = 0
    for (let now = 0; now <= 10_000; now += 1_000) total = manager.decide(now, view(7, [], { cpus: 2 })).total
    expect(total).toBe(4)
    // all seven run
    expect(manager.decide(20_000, view(7, [4, 4, 4, 2], { cpus: 2, cores: 5 })).total).toBe(4)
  })

  it('needs a share of that under executorAllocationRatio', () => {
    const manager = new ExecutorAllocationManager({ ...OPTIONS, ratio: 0.5 })
    let total = 0
    for (let now = 0; now <= 10_000; now += 1_000) total = manager.decide(now, view(10)).total
    expect(total).toBe(5)
  })

  it('keeps the first executors until there was work or they have idled for too long', () => {
    const manager = new ExecutorAllocationManager({ ...OPTIONS, initial: 2 })
    expect(manager.decide(0, view(0, [0, 0]))).toEqual({ total: 2, release: [] })
    expect(manager.decide(59_999, view(0, [0, 0]))).toEqual({ total: 2, release: [] })
    expect(manager.decide(60_000, view(0, [0, 0]))).toEqual({ total: 0, release: ['e0', 'e1'] })
  })
})

describe('giving executors back', () => {
  it('takes idle ones after their time, those with cached blocks after theirs', () => {
    const manager = new ExecutorAllocationManager({ ...OPTIONS, cachedIdleTimeout: 100_000 })
    const seen = (now: number) =>
      manager.decide(now, {
        tasks: [{ count: 1, cpus: 1 }],
        executors: [
          { executorId: 'busy', cores: 1, used: 1, caches: false },
          { executorId: 'plain', cores: 1, used: 0, caches: false },
          { executorId: 'caching', cores: 1, used: 0, caches: true },
        ],
      }).release
    expect([seen(0), seen(60_000), seen(99_999)]).toEqual([[], ['plain'], ['plain']])
    expect(seen(100_000)).toEqual(['plain', 'caching'])
  })

  it('counts idleness from the last task', () => {
    const manager = new ExecutorAllocationManager(OPTIONS)
    manager.decide(0, view(0, [0]))
    manager.decide(50_000, view(1, [1]))
    expect(manager.decide(70_000, view(0, [0])).release).toEqual([])
    expect(manager.decide(129_999, view(0, [0])).release).toEqual([])
    expect(manager.decide(130_000, view(0, [0])).release).toEqual(['e0'])
  })

  it('keeps the least number', () => {
    const manager = new ExecutorAllocationManager({ ...OPTIONS, min: 1, initial: 1 })
    manager.decide(0, view(0, [0, 0, 0]))
    expect(manager.decide(60_000, view(0, [0, 0, 0]))).toEqual({ total: 1, release: ['e0', 'e1'] })
  })
})

it('stays within its bounds, gives back nothing that is busy or needed, and with lasting work has all it may have', () => {
  const step = fc.record({ tasks: fc.nat(200), pass: fc.nat(5_000) })
  fc.assert(
    fc.property(
      fc.nat(5),
      fc.nat(40),
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 300 }),
      (min, more, cores, steps, lasting) => {
        const max = Math.max(1, min + more)
        const manager = new ExecutorAllocationManager({ ...OPTIONS, min, max, initial: min, executorCores: cores, idleTimeout: 3_000 })
        let now = 0
        let executors = new Map<string, number>()
        let next = 0
        let total = min
        const play = (tasks: number, pass: number) => {
          now += pass
          let left = tasks
          executors = new Map(
            [...executors.keys()].map((id) => {
              const running = Math.min(cores, left)
              left -= running
              return [id, running]
            }),
          )
          const seen = [...executors].map(([executorId, used]) => ({ executorId, cores, used, caches: false }))
          const decision = manager.decide(now, { tasks: [{ count: tasks, cpus: 1 }], executors: seen })
          total = decision.total
          expect(total).toBeGreaterThanOrEqual(min)
          expect(total).toBeLessThanOrEqual(max)
          for (const id of decision.release) expect(executors.get(id)).toBe(0)
          expect(executors.size - decision.release.length >= Math.max(min, total) || decision.release.length === 0).toBe(true)
          for (const id of decision.release) executors.delete(id)
          while (executors.size < total) executors.set(`e${next++}`, 0)
        }
        for (const { tasks, pass } of steps) play(tasks, pass)
        for (let i = 0; i < 12; i++) play(lasting, 1_000)
        const wanted = Math.max(min, Math.min(max, Math.ceil(lasting / cores)))
        expect(total).toBeLessThanOrEqual(wanted)
        // those it has and uses it need not ask for
        expect(executors.size).toBeGreaterThanOrEqual(wanted)
      },
    ),
  )
})
