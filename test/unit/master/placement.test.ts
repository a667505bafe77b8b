import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PlacedExecutor, type PlacementApp, type PlacementInput, type PlacementWorker, place } from '../../../src/master/placement.js'

const MIB = 1024 * 1024
const GIB = 1024 * MIB

function worker(workerId: string, cores: number, memory = 4 * GIB): PlacementWorker {
  return { workerId, label: workerId, cores, memory }
}

function app(appId: string, request: PlacementApp['request'] = {}): PlacementApp {
  return { appId, name: `job ${appId}`, request }
}

function run(workers: PlacementWorker[], apps: PlacementApp[], executors: PlacedExecutor[] = []) {
  return place({ workers, apps, executors })
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

describe('placement', () => {
  it('gives one executor a worker with all its cores and 1 GiB when nothing is asked for', () => {
    const { grants, waiting } = run([worker('w1', 4), worker('w2', 8, 512 * MIB)], [app('a')])
    expect(grants).toHaveLength(2)
    expect(grants).toContainEqual({ appId: 'a', workerId: 'w1', cores: 4, memory: GIB })
    expect(grants).toContainEqual({ appId: 'a', workerId: 'w2', cores: 8, memory: 512 * MIB })
    expect(waiting.get('a')).toBe('')
  })

  it('deals executors of a given size round the workers', () => {
    const { grants } = run([worker('w1', 4), worker('w2', 4)], [app('a', { executorCores: 2, numExecutors: 3 })])
    expect(grants.map((grant) => grant.workerId)).toEqual(['w1', 'w2', 'w1'])
  })

  it('counts an executor with exactly its memory', () => {
    const { grants } = run([worker('w1', 8, 800 * MIB)], [app('a', { executorCores: 1, executorMemory: 400 * MIB })])
    expect(grants).toHaveLength(2)
  })

  it('makes no executor smaller than asked for to reach a cap on cores', () => {
    const { grants } = run([worker('w1', 8)], [app('a', { executorCores: 3, totalExecutorCores: 5, executorMemory: MIB })])
    expect(grants.map((grant) => grant.cores)).toEqual([3])
  })

  it('spreads a cap on cores over the workers when the size of executors is open', () => {
    const { grants } = run([worker('w1', 4), worker('w2', 4)], [app('a', { totalExecutorCores: 5 })])
    expect(grants.map((grant) => grant.cores).sort()).toEqual([2, 3])
  })

  it('serves the first application first and tells the second behind whom it waits', () => {
    const { grants, waiting } = run([worker('w1', 4)], [app('a'), app('b')])
    expect(grants.map((grant) => grant.appId)).toEqual(['a'])
    expect(waiting.get('b')).toBe("waiting for 1 free core: w1 has 0 of 4 free, behind 'job a' (a, 4 cores)")
  })

  it('gives a later application what the earlier one cannot use', () => {
    const { grants } = run([worker('w1', 4)], [app('a', { executorCores: 8 }), app('b')])
    expect(grants).toEqual([{ appId: 'b', workerId: 'w1', cores: 4, memory: GIB }])
  })

  it('replaces an executor that died where there is room', () => {
    const left = { appId: 'a', workerId: 'w1', cores: 2, memory: GIB }
    expect(run([worker('w1', 2), worker('w2', 2)], [app('a')], [left]).grants.map((grant) => grant.workerId)).toEqual(['w2'])
  })

  it.each([
    ['no workers', [], {}, /none is registered/],
    ['too few cores', [worker('w1', 2)], { executorCores: 4 }, /4 cores \(--executor-cores\): the largest, w1, has 2/],
    ['too little memory', [worker('w1', 2)], { executorMemory: 8 * GIB }, /8192 MiB of memory \(--executor-memory\): the largest, w1, has 4096 MiB/],
    ['no worker with both', [worker('w1', 8, GIB), worker('w2', 1, 8 * GIB)], { executorCores: 4, executorMemory: 2 * GIB }, /none has both/],
    ['a cap that excludes all', [worker('w1', 8)], { executorCores: 4, totalExecutorCores: 2 }, /--total-executor-cores 2 does not allow/],
    ['too few workers', [worker('w1', 8)], { numExecutors: 2 }, /1 of 2 executors; waiting for more workers/],
  ] as const)('names the constraint: %s', (_name, workers, request, message) => {
    expect(run([...workers], [app('a', request)]).waiting.get('a')).toMatch(message)
  })

  const inputs: fc.Arbitrary<PlacementInput> = fc.record({
    workers: fc
      .array(fc.record({ cores: fc.integer({ min: 1, max: 16 }), memory: fc.integer({ min: 100 * MIB, max: 8 * GIB }) }), { maxLength: 6 })
      .map((list) => list.map(({ cores, memory }, i) => worker(`w${i}`, cores, memory))),
    apps: fc
      .array(
        fc.record(
          {
            executorCores: fc.integer({ min: 1, max: 8 }),
            executorMemory: fc.integer({ min: 50 * MIB, max: 4 * GIB }),
            numExecutors: fc.integer({ min: 1, max: 5 }),
            totalExecutorCores: fc.integer({ min: 1, max: 20 }),
          },
          { requiredKeys: [] },
        ),
        { maxLength: 5 },
      )
      .map((list) => list.map((request, i) => app(`a${i}`, request))),
    executors: fc.constant([]),
    scheduling: fc.constantFrom('fifo' as const, 'fair' as const),
  })

  it('never promises more than a worker has, nor more than an application may have', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { grants } = place(input)
        for (const { workerId, cores, memory } of input.workers) {
          const here = grants.filter((grant) => grant.workerId === workerId)
          expect(sum(here.map((grant) => grant.cores))).toBeLessThanOrEqual(cores)
          expect(sum(here.map((grant) => grant.memory))).toBeLessThanOrEqual(memory)
        }
        for (const { appId, request } of input.apps) {
          const own = grants.filter((grant) => grant.appId === appId)
          expect(own.length).toBeLessThanOrEqual(request.numExecutors ?? Infinity)
          expect(sum(own.map((grant) => grant.cores))).toBeLessThanOrEqual(request.totalExecutorCores ?? Infinity)
          for (const grant of own) {
            expect(grant.cores).toBeGreaterThan(0)
            if (request.executorCores !== undefined) expect(grant.cores).toBe(request.executorCores)
            if (request.executorMemory !== undefined) expect(grant.memory).toBe(request.executorMemory)
          }
        }
      }),
    )
  })

  it('is at rest after one round: what was granted leaves nothing more to grant', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { grants, waiting } = place(input)
        const again = place({ ...input, executors: grants })
        expect(again.grants).toEqual([])
        expect([...again.waiting.keys()]).toEqual([...waiting.keys()])
      }),
    )
  })

  it('leaves an earlier application untouched by later ones', () => {
    fc.assert(
      fc.property(inputs, (any) => {
        const input = { ...any, scheduling: 'fifo' as const }
        const [first] = input.apps
        if (!first) return
        const alone = place({ ...input, apps: [first] }).grants
        expect(place(input).grants.filter((grant) => grant.appId === first.appId)).toEqual(alone)
      }),
    )
  })

  it('always says why an application has nothing', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { grants, waiting } = place(input)
        for (const { appId } of input.apps) {
          if (!grants.some((grant) => grant.appId === appId)) expect(waiting.get(appId)).toMatch(/^(\d+ of \d+ executors; )?waiting for /)
        }
      }),
    )
  })
})
