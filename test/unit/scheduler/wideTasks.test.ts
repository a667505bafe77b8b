import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plan, SchedulerBench, stage, success } from './schedulerBench.js'

const wide = (numPartitions: number, cpus: number, rest: Partial<Parameters<typeof stage>[0]> = {}) => plan(stage({ numPartitions, cpus, ...rest }))

describe('tasks of several cores', () => {
  it('run as many at a time as fit on each executor', () => {
    const bench = new SchedulerBench({
      executors: [
        ['a', 5],
        ['b', 2],
        ['c', 1],
      ],
    })
    bench.submit(wide(10, 2))
    expect(bench.tasks.map(({ executorId }) => executorId).sort()).toEqual(['a', 'a', 'b'])
    bench.finish()
    expect(bench.ended.has(0)).toBe(true)
  })

  it('never take more cores than an executor has, beside others of one core, and give all of them back', () => {
    const job = fc.record({ partitions: fc.integer({ min: 1, max: 12 }), cpus: fc.integer({ min: 1, max: 4 }) })
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
        fc.array(job, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        (some, jobs, tiny, dice) => {
          const cores = [...some, 4]
          const bench = new SchedulerBench({ executors: cores.map((count, index) => [`e${index}`, count] as [string, number]) })
          for (const [jobId, { partitions, cpus }] of jobs.entries()) bench.submit(wide(partitions, cpus), jobId)
          while (bench.tasks.length > 0) {
            for (const { cores: has, used, running } of bench.scheduler.executors) {
              const cpus = [...running.values()]
              expect(cpus.reduce((sum, each) => sum + each, 0)).toBe(used)
              if (cpus.some((each) => each > 1) || !tiny) expect(used).toBeLessThanOrEqual(has)
            }
            bench.end(bench.tasks[dice.next().value % bench.tasks.length]!, success, tiny ? 0.1 : 500)
          }
          expect([...bench.ended.values()]).toEqual(jobs.map(() => undefined))
          expect(bench.scheduler.executors.map(({ used }) => used)).toEqual(cores.map(() => 0))
        },
      ),
    )
  })

  it('find their cores though a younger stage would take each that becomes free', () => {
    const bench = new SchedulerBench({ executors: [['a', 2]] })
    bench.submit(plan(stage({ numPartitions: 2 })), 0)
    bench.submit(wide(1, 2), 1)
    bench.submit(plan(stage({ numPartitions: 9 })), 2)
    const [first, second] = bench.tasks
    bench.end(first!, success, 500)
    expect(bench.tasks.map(({ taskId }) => taskId)).toEqual([second!.taskId])
    bench.end(second!, success, 500)
    expect(bench.tasks).toHaveLength(1)
    bench.finish()
    expect([...bench.ended.keys()]).toEqual([0, 1, 2])
  })

  it('that wait for their data keep no executor from others', () => {
    const preferences = (partition: number) => ({ cached: [{ rddId: 5, partition }] })
    const bench = new SchedulerBench({
      executors: [
        ['a', 2],
        ['b', 2],
        ['c', 1],
      ],
    })
    bench.scheduler.cache.add({ rddId: 5, partition: 0 }, 'a')
    bench.scheduler.cache.add({ rddId: 5, partition: 1 }, 'a')
    bench.submit(wide(2, 2, { preferences }), 0)
    bench.submit(plan(stage({ numPartitions: 3 })), 1)
    expect(bench.tasks.map(({ executorId }) => executorId).sort()).toEqual(['a', 'b', 'b', 'c'])
  })

  it('do not wait for data on an executor that is too small for them', () => {
    const bench = new SchedulerBench({
      executors: [
        ['a', 1],
        ['b', 2],
      ],
    })
    bench.scheduler.cache.add({ rddId: 5, partition: 0 }, 'a')
    bench.submit(wide(1, 2, { preferences: (partition) => ({ cached: [{ rddId: 5, partition }] }) }))
    expect(bench.tasks.map(({ executorId }) => executorId)).toEqual(['b'])
  })

  it('of a barrier stage start together where all of them fit', () => {
    const bench = new SchedulerBench({
      executors: [
        ['a', 3],
        ['b', 3],
      ],
    })
    bench.submit(wide(3, 2, { barrier: true }))
    expect(bench.tasks).toEqual([])
    bench.addExecutor('c', 2)
    expect(bench.tasks.map(({ executorId }) => executorId).sort()).toEqual(['a', 'b', 'c'])
  })

  it('that no executor has cores for wait for a larger one, and say so once', () => {
    const bench = new SchedulerBench({ executors: [['a', 2]] })
    bench.submit(wide(1, 4))
    for (const now of [1_000, 2_000, 3_000]) {
      bench.now = now
      bench.scheduler.schedule()
    }
    expect(bench.waits).toEqual(['stage 0 (result) has tasks of 4 cores and waits for an executor that has as many: the largest has 2'])
    bench.addExecutor('b', 4)
    expect(bench.tasks.map(({ executorId }) => executorId)).toEqual(['b'])
  })

  it('have second attempts only where they fit', () => {
    const speculation = { quantile: 0.5, multiplier: 1, minTaskRuntime: 100, durationThreshold: undefined, efficiency: undefined }
    const bench = new SchedulerBench({
      speculation,
      executors: [
        ['a', 2],
        ['b', 2],
        ['c', 1],
      ],
    })
    bench.submit(wide(2, 2))
    bench.now = 10
    bench.end(bench.tasks.find(({ executorId }) => executorId === 'a')!, success, 10)
    bench.now = 5_000
    bench.scheduler.speculate()
    expect(bench.copies.map(({ slowOn, executorId }) => [slowOn, executorId])).toEqual([['b', 'a']])
  })
})
