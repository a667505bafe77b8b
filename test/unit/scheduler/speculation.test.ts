import { describe, expect, it } from 'vitest'
import type { SpeculationLimits } from '../../../src/scheduler/speculation.js'
import { mapSuccess, plan, type Running, SchedulerBench, stage, success, userError } from './schedulerBench.js'

const limits: SpeculationLimits = { quantile: 0.9, multiplier: 3, minTaskRuntime: 100, durationThreshold: undefined, efficiency: undefined }
const efficiency = { processRateMultiplier: 0.75, longRunTaskFactor: 2 }

const EXECUTORS: readonly [string, number, string, string][] = [
  ['a', 5, 'v', 'one'],
  ['b', 5, 'w', 'two'],
]

/** Ten tasks on two executors, of which all but the first have ended after 100 ms. */
function almostDone(speculation: SpeculationLimits = limits, options: Partial<Parameters<typeof stage>[0]> = {}, executors = EXECUTORS) {
  const bench = new SchedulerBench({ maxAttempts: 4, executors, speculation })
  bench.submit(
    options.shuffleId === undefined
      ? plan(stage({ numPartitions: 10 }))
      : plan(stage({ numPartitions: 1, shuffles: [7] }), stage({ numPartitions: 10, ...options })),
  )
  const [slow, ...others] = bench.tasks as [Running, ...Running[]]
  bench.now = 100
  for (const task of others) bench.end(task, options.shuffleId === undefined ? success : mapSuccess)
  return { bench, slow }
}

function copyOf(bench: SchedulerBench, slow: Running): Running | undefined {
  return bench.tasks.find((task) => task.partition === slow.partition && task.taskId !== slow.taskId)
}

describe('a task is slow', () => {
  const isTriedAgain = (now: number, speculation: SpeculationLimits, records?: number): boolean => {
    const { bench, slow } = almostDone(speculation)
    bench.now = now
    if (records !== undefined) bench.scheduler.progress(slow.taskId, records)
    bench.scheduler.speculate()
    return copyOf(bench, slow) !== undefined
  }

  it('when it has run for more than three times the median of those that succeeded', () => {
    expect([isTriedAgain(300, limits), isTriedAgain(301, limits)]).toEqual([false, true])
    expect(isTriedAgain(201, { ...limits, multiplier: 2 })).toBe(true)
  })

  it('not before it has run for the shortest time that counts', () => {
    expect([isTriedAgain(500, { ...limits, minTaskRuntime: 500 }), isTriedAgain(501, { ...limits, minTaskRuntime: 500 })]).toEqual([false, true])
  })

  it('only once nine of ten have succeeded', () => {
    const bench = new SchedulerBench({ executors: EXECUTORS, speculation: limits })
    bench.submit(plan(stage({ numPartitions: 10 })))
    const tasks = bench.tasks
    bench.now = 100
    for (const task of tasks.slice(2)) bench.end(task, success)
    bench.now = 10_000
    bench.scheduler.speculate()
    expect(bench.copies).toEqual([])
  })

  it('only if it reads less a second than the others, or for twice as long whatever it reads', () => {
    // the others: none of them read anything
    expect([isTriedAgain(600, { ...limits, efficiency }), isTriedAgain(601, { ...limits, efficiency })]).toEqual([false, true])
    const reading = (records: number): boolean => {
      const bench = new SchedulerBench({ executors: EXECUTORS, speculation: { ...limits, efficiency } })
      bench.submit(plan(stage({ numPartitions: 10 })))
      const [slow, ...others] = bench.tasks as [Running, ...Running[]]
      bench.now = 100
      for (const task of others) bench.end(task, success, 100, { inputRecords: 1000 })
      bench.now = 400
      bench.scheduler.progress(slow.taskId, records)
      bench.scheduler.speculate()
      return copyOf(bench, slow) !== undefined
    }
    expect([reading(2999), reading(3001)]).toEqual([true, false])
  })

  it('in a stage that fits on one executor after the threshold that was set, if any', () => {
    const alone = (speculation: SpeculationLimits): boolean => {
      const bench = new SchedulerBench({ executors: EXECUTORS, speculation })
      bench.submit(plan(stage({ numPartitions: 1 })))
      bench.now = 1001
      bench.scheduler.speculate()
      return bench.copies.length > 0
    }
    expect([alone(limits), alone({ ...limits, durationThreshold: 1000 }), alone({ ...limits, durationThreshold: 2000 })]).toEqual([false, true, false])
  })

  it('never in a barrier stage', () => {
    const bench = new SchedulerBench({ executors: EXECUTORS, speculation: { ...limits, durationThreshold: 1 } })
    bench.submit(plan(stage({ numPartitions: 2, barrier: true })))
    bench.now = 10_000
    bench.scheduler.speculate()
    expect(bench.copies).toEqual([])
  })

  it('never while speculation is off', () => {
    const bench = new SchedulerBench({ executors: EXECUTORS })
    bench.submit(plan(stage({ numPartitions: 10 })))
    for (const task of bench.tasks.slice(1)) bench.end(task, success)
    bench.now = 1e6
    bench.scheduler.speculate()
    expect(bench.copies).toEqual([])
  })
})

describe('the second attempt', () => {
  const slowAndCopy = (options: Partial<Parameters<typeof stage>[0]> = {}) => {
    const { bench, slow } = almostDone(limits, options)
    bench.now = 1000
    bench.scheduler.speculate()
    return { bench, slow, copy: copyOf(bench, slow)! }
  }

  it('runs on another executor, on another host if one has a slot, and is told', () => {
    const { bench, slow } = almostDone(limits, {}, [['c', 5, 'v', 'one'], ...EXECUTORS])
    bench.now = 1000
    bench.scheduler.speculate()
    expect({ first: slow.executorId, second: copyOf(bench, slow)?.executorId }).toEqual({ first: 'c', second: 'b' })
    expect(bench.copies).toEqual([{ partition: slow.partition, slowOn: 'c', executorId: 'b', ms: 1000 }])
  })

  it('is not started where there is only one executor', () => {
    const { bench, slow } = almostDone(limits, {}, [['a', 10, 'v', 'one']])
    bench.now = 1000
    bench.scheduler.speculate()
    expect(copyOf(bench, slow)).toBeUndefined()
  })

  it('is the only one', () => {
    const { bench, slow } = slowAndCopy()
    bench.now = 100_000
    bench.scheduler.speculate()
    expect(bench.tasks.filter(({ partition }) => partition === slow.partition)).toHaveLength(2)
  })

  it.each(['first', 'second'] as const)('and the %s: who finishes first counts, the other is ended and changes nothing', (winner) => {
    const { bench, slow, copy } = slowAndCopy()
    const [wins, loses] = winner === 'first' ? [slow, copy] : [copy, slow]
    expect(bench.scheduler.accepts(wins.taskId, success)).toBe('result')
    bench.end(wins, success)
    expect(bench.kills).toEqual([{ executorId: loses.executorId, taskIds: [loses.taskId] }])
    expect(bench.ended.has(0)).toBe(true)
    // the kill came too late
    expect(bench.scheduler.accepts(loses.taskId, success)).toBeUndefined()
    bench.end(loses, success)
    expect(bench.results.get(0)).toHaveLength(10)
    for (const { running } of bench.scheduler.executors) expect(running.size).toBe(0)
  })

  it('of a map task gives the only output that is read', () => {
    const { bench, slow, copy } = slowAndCopy({ shuffleId: 7, numReducers: 1 })
    bench.end(copy, mapSuccess)
    bench.end(slow, mapSuccess)
    const { outputs } = bench.outputsFor(bench.tasks[0]!)[0]!
    expect(outputs.find(({ mapIndex }) => mapIndex === slow.partition)?.attemptId).toBe(copy.taskId)
    bench.finish()
    expect(bench.ended.has(0)).toBe(true)
  })

  it('may not commit what the other commits, and the other is not run again for that', () => {
    const { bench, slow, copy } = slowAndCopy()
    expect([bench.scheduler.mayCommit(slow.taskId), bench.scheduler.mayCommit(copy.taskId)]).toEqual([true, false])
    bench.end(copy, { kind: 'CommitDenied' })
    expect(bench.tasks).toEqual([slow])
    bench.end(slow, success)
    expect(bench.ended.has(0)).toBe(true)
  })

  it('that fails leaves the other running; if both fail, one runs again', () => {
    const { bench, slow, copy } = slowAndCopy()
    bench.end(copy, userError('no'))
    expect(bench.tasks).toEqual([slow])
    bench.end(slow, userError('no'))
    expect(bench.tasks.map(({ partition, attempt }) => ({ partition, attempt }))).toEqual([{ partition: slow.partition, attempt: 2 }])
    bench.finish()
    expect(bench.ended.get(0)).toBeUndefined()
  })

  it('goes on when the executor of the first dies', () => {
    const { bench, slow, copy } = slowAndCopy()
    bench.loseExecutor(slow.executorId, false)
    expect(bench.tasks).toEqual([copy])
    bench.end(copy, success)
    expect(bench.ended.get(0)).toBeUndefined()
    expect(bench.ended.has(0)).toBe(true)
  })
})
