import { describe, expect, it } from 'vitest'
import { AccumulatorUpdates } from '../../../src/driver/accumulatorUpdates.js'
import type { ExecutorTaskEnd } from '../../../src/protocol/executorMessages.js'
import { plan, type Running, SchedulerBench, stage, success } from './schedulerBench.js'

const output = (checksum = 'same'): ExecutorTaskEnd => ({ kind: 'Success', mapOutput: { sizes: new Uint8Array(), records: 0, bytes: 0, checksum } })

/** A bench whose tasks each add their partition to an accumulator: what counts of it is kept as the driver keeps it. */
function counting(options: ConstructorParameters<typeof SchedulerBench>[0] = {}) {
  const executors: [string, number, string][] = [
    ['a', 4, 'w1'],
    ['b', 4, 'w2'],
  ]
  const bench = new SchedulerBench({ maxAttempts: 4, executors, ...options })
  const updates = new AccumulatorUpdates()
  const counted: Record<'actions' | 'maps', number[]> = { actions: [], maps: [] }
  updates.listen((id, _, inAction) => counted[inAction ? 'actions' : 'maps'].push(id))
  const isMap = (task: Running): boolean => bench.planOf(task).kind === 'shuffleMap'
  const end = (task: Running, how: ExecutorTaskEnd = isMap(task) ? output() : success): void => {
    const accepted = bench.scheduler.accepts(task.taskId, how)
    expect(accepted).not.toBe('held')
    if (accepted) updates.count([{ id: task.partition, update: new Uint8Array() as Uint8Array<ArrayBuffer> }], accepted === 'result')
    bench.end(task, how)
  }
  const fetchFailed = (task: Running): ExecutorTaskEnd => {
    const { shuffleId, outputs } = bench.outputsFor(task)[0]!
    return { kind: 'FetchFailed', message: 'gone', shuffleId, ...outputs[0]! }
  }
  return {
    bench,
    end,
    fetchFailed,
    tasks: (kind: 'maps' | 'results') => bench.tasks.filter((task) => isMap(task) === (kind === 'maps')),
    finish(checksum?: string): void {
      for (let task = bench.tasks[0]; task; task = bench.tasks[0]) end(task, isMap(task) ? output(checksum) : success)
    },
    inActions: () => counted.actions.toSorted((a, b) => a - b),
    inMaps: () => counted.maps.toSorted((a, b) => a - b),
  }
}

const map = stage({ numPartitions: 2, shuffleId: 7, numReducers: 3 })
const twoStages = plan(stage({ numPartitions: 3, shuffles: [7] }), map)

describe('accumulators count each task of an action once', () => {
  it('when its stage runs again because its input could not be fetched', () => {
    const { bench, end, fetchFailed, tasks, finish, inActions, inMaps } = counting()
    bench.submit(twoStages)
    for (const task of tasks('maps')) end(task)
    const [first, second, third] = tasks('results') as [Running, Running, Running]
    end(first)
    end(second, fetchFailed(second))
    // it reads what was there before, and its success counts once whatever has become of its stage
    end(third)
    finish()
    expect(bench.ended.get(0)).toBeUndefined()
    expect(inActions()).toEqual([0, 1, 2])
    // that a map task may count again is Spark's rule for transformations
    expect(inMaps()).toEqual([0, 0, 1])
  })

  it('when it was taken back because a lost output came out differently', () => {
    const { bench, end, fetchFailed, tasks, finish, inActions } = counting()
    bench.submit(twoStages)
    for (const task of tasks('maps')) end(task)
    const [first, ...others] = tasks('results') as [Running, ...Running[]]
    end(first, fetchFailed(first))
    for (const task of tasks('maps')) end(task, output('different'))
    const killed = bench.kills.flatMap(({ taskIds }) => taskIds)
    expect(killed).toEqual(others.map(({ taskId }) => taskId))
    // the kill comes too late: they have read what is not there any more
    for (const task of others) end(task)
    expect(inActions()).toEqual([])
    finish('different')
    expect(bench.results.get(0)?.toSorted()).toEqual([0, 1, 2])
    expect(inActions()).toEqual([0, 1, 2])
  })

  it('of each of two jobs that read the same shuffle at the same time, whose map tasks count once for both', () => {
    const { bench, tasks, end, fetchFailed, finish, inActions, inMaps } = counting()
    bench.submit(twoStages, 0)
    bench.submit(twoStages, 1)
    for (const task of tasks('maps')) end(task)
    expect(inMaps()).toEqual([0, 1])
    const [one] = tasks('results') as [Running]
    end(one, fetchFailed(one))
    finish()
    expect([bench.ended.has(0), bench.ended.get(0), bench.ended.has(1), bench.ended.get(1)]).toEqual([true, undefined, true, undefined])
    expect(inActions()).toEqual([0, 0, 1, 1, 2, 2])
  })

  it.each(['first', 'second'] as const)('when it has two attempts beside each other and the %s is faster', (winner) => {
    const speculation = { quantile: 0.5, multiplier: 3, minTaskRuntime: 100, durationThreshold: undefined, efficiency: undefined }
    const { bench, end, finish, inActions } = counting({ speculation })
    bench.submit(plan(stage({ numPartitions: 5 })))
    const [slow, ...others] = bench.tasks as [Running, ...Running[]]
    bench.now = 100
    for (const task of others) end(task)
    bench.now = 1000
    bench.scheduler.speculate()
    const copy = bench.tasks.find(({ taskId, partition }) => partition === slow.partition && taskId !== slow.taskId)!
    const inOrder = winner === 'first' ? [slow, copy] : [copy, slow]
    for (const task of inOrder) end(task)
    finish()
    expect(bench.ended.get(0)).toBeUndefined()
    expect(inActions()).toEqual([0, 1, 2, 3, 4])
  })
})
