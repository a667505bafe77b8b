import { describe, expect, it } from 'vitest'
import type { StagePlan } from '../../../src/plan/jobPlan.js'
import type { SchedulerOptions } from '../../../src/scheduler/schedulerState.js'
import { compressSize } from '../../../src/shuffle/sizes.js'
import { plan, SchedulerBench, stage, success } from './schedulerBench.js'

type Executor = [id: string, cores: number, workerId: string, host: string]
const TWO_HOSTS: readonly Executor[] = [
  ['a', 1, 'wa', 'A'],
  ['b', 1, 'wb', 'B'],
]

/** Runs the map tasks of shuffle 7, one an executor; `written` says what each has written for every reducer. */
function afterMaps(
  written: Record<string, number[]>,
  result: Partial<StagePlan> = {},
  { executors = TWO_HOSTS, ...options }: Partial<SchedulerOptions> & { executors?: readonly Executor[] } = {},
) {
  const bench = new SchedulerBench({ executors, ...options })
  const numReducers = Object.values(written)[0]!.length
  const jobPlan = plan(
    stage({ numPartitions: numReducers, shuffles: [7], ...result }),
    stage({ numPartitions: Object.keys(written).length, shuffleId: 7, numReducers }),
  )
  bench.submit(jobPlan)
  for (const task of bench.tasks) {
    const bytes = written[task.executorId]!
    bench.end(task, { kind: 'Success', mapOutput: { sizes: Uint8Array.from(bytes, compressSize), records: 1, bytes: 1 } })
  }
  return bench
}

const placesOf = (bench: SchedulerBench): string[] => bench.tasks.map(({ partition, executorId }) => `${partition} on ${executorId}`).toSorted()

describe('reduce tasks', () => {
  it('run on the hosts where much of their input lies', () => {
    expect(placesOf(afterMaps({ a: [10, 90_000], b: [80_000, 20] }))).toEqual(['0 on b', '1 on a'])
  })

  it('wait for such a host so long as the setting says, and then run anywhere', () => {
    const bench = afterMaps({ a: [50_000, 90_000], b: [0, 20] })
    expect(placesOf(bench)).toEqual(['0 on a'])
    bench.now += 2_999
    bench.scheduler.schedule()
    expect(placesOf(bench)).toEqual(['0 on a'])
    bench.now += 1
    bench.scheduler.schedule()
    expect(placesOf(bench)).toEqual(['0 on a', '1 on b'])
  })

  it('are as near to one worker of a host as to another', () => {
    const executors: Executor[] = [...TWO_HOSTS, ['a2', 1, 'wa2', 'A']]
    expect(placesOf(afterMaps({ a: [50_000, 90_000], b: [0, 20], a2: [0, 0] }, {}, { executors }))).toEqual(['0 on a', '1 on a2'])
  })

  it('like no host more that holds less than a fifth, or if all hold a fifth', () => {
    const executors: Executor[] = [...TWO_HOSTS, ['c', 2, 'wc', 'C']]
    const written = { a: [1_000, 1_000], b: [8_000, 1_000], c: [1_000, 1_000] }
    const bench = afterMaps(written, {}, { executors })
    expect(placesOf(bench)).toContain('0 on b')
    expect(bench.tasks).toHaveLength(2)
  })

  it('of one host run where the fewest tasks run, without waiting', () => {
    const executors: Executor[] = [
      ['a', 1, 'wa', 'A'],
      ['b', 1, 'wb', 'A'],
    ]
    expect(placesOf(afterMaps({ a: [50_000, 90_000], b: [0, 20] }, {}, { executors }))).toHaveLength(2)
  })

  it('run anywhere if the setting says so, or if nobody knows how large their input is', () => {
    expect(placesOf(afterMaps({ a: [50_000, 90_000], b: [0, 20] }, {}, { reduceLocality: false }))).toHaveLength(2)
    const many = new Array<number>(1_000).fill(90_000)
    const none = new Array<number>(1_000).fill(0)
    expect(afterMaps({ a: many, b: none }).tasksOn('b').length).toBeGreaterThan(0)
  })

  it('count all that they read: of several shuffles and partitions', () => {
    const reads = (): { shuffleId: number; reducer: number }[] => [
      { shuffleId: 7, reducer: 0 },
      { shuffleId: 7, reducer: 1 },
    ]
    expect(placesOf(afterMaps({ a: [60_000, 0], b: [0, 10_000] }, { numPartitions: 1, reads }))).toEqual(['0 on a'])
  })

  it('wait for no place that is gone, lets nobody in, or keeps failing them', () => {
    const lost = afterMaps({ a: [50_000, 90_000], b: [0, 20] })
    lost.loseExecutor('a', false)
    expect(placesOf(lost)).toEqual(['1 on b'])

    const draining = afterMaps({ a: [50_000, 90_000], b: [0, 20] })
    draining.scheduler.drain('wa')
    draining.scheduler.schedule()
    expect(placesOf(draining)).toEqual(['0 on a', '1 on b'])

    const limits = { taskAttemptsPerExecutor: 1, taskAttemptsPerHost: 1, stageTasksPerExecutor: 9, stageExecutorsPerHost: 9 }
    const excluding = afterMaps(
      { a: [50_000, 0], b: [0, 20] },
      { numPartitions: 1 },
      { maxAttempts: 4, exclusion: { ...limits, timeout: 1_000, appTasksPerExecutor: 9, appExecutorsPerHost: 9 } },
    )
    excluding.end(excluding.tasks[0]!, { kind: 'UserError', error: { name: 'Error', message: 'no' } })
    expect(placesOf(excluding)).toEqual(['0 on b'])
  })

  it('of a barrier stage have their places while there is room, and start together', () => {
    expect(placesOf(afterMaps({ a: [10, 90_000], b: [80_000, 20] }, { barrier: true }))).toEqual(['0 on b', '1 on a'])
    expect(placesOf(afterMaps({ a: [50_000, 90_000], b: [0, 20] }, { barrier: true }))).toEqual(['0 on a', '1 on b'])
  })

  it('that are slow get second attempts elsewhere at once', () => {
    const speculation = { quantile: 0.5, multiplier: 1, minTaskRuntime: 10, durationThreshold: undefined, efficiency: undefined }
    const bench = afterMaps({ a: [50_000, 0], b: [0, 20_000] }, {}, { speculation })
    bench.now += 100
    bench.end(bench.tasksOn('b')[0]!, success)
    bench.now += 1_000
    bench.scheduler.speculate()
    expect(placesOf(bench)).toEqual(['0 on a', '0 on b'])
  })

  it('that wait for their host keep no other stage waiting', () => {
    const bench = afterMaps({ a: [50_000, 90_000], b: [0, 20] })
    bench.submit(plan(stage({ numPartitions: 1, rddId: 9 })), 1)
    expect(bench.tasksOn('b').map((task) => bench.planOf(task).rddId)).toEqual([9])
  })

  it('like the executor of a cached partition more', () => {
    const bench = afterMaps({ a: [50_000, 50_000], b: [0, 0] })
    bench.finish()
    bench.scheduler.cache.add({ rddId: 5, partition: 0 }, 'b')
    const preferences = (partition: number) => ({ cached: [{ rddId: 5, partition }] })
    bench.submit(plan(stage({ numPartitions: 2, shuffles: [7], preferences }), stage({ numPartitions: 2, shuffleId: 7, numReducers: 2 })), 1)
    expect(placesOf(bench)).toEqual(['0 on b', '1 on a'])
  })
})

describe('where outputs lie', () => {
  it('is forgotten with the output, and follows it when it is moved', () => {
    const { outputs } = afterMaps({ a: [1_000], b: [0] }).scheduler
    const bytesOn = (workerId: string): number | undefined => outputs.bytesByWorker(7)?.get(workerId)?.[0]
    const on = outputs.on('wa')[0]!
    expect(bytesOn('wa')).toBeGreaterThanOrEqual(1_000)
    expect(outputs.moved(on, 'wa', 'wc')).toBe(true)
    expect([bytesOn('wa'), bytesOn('wc')! >= 1_000]).toEqual([undefined, true])
    outputs.workerLost('wb')
    expect(outputs.bytesByWorker(7)).toBeUndefined()
    outputs.register(7, { mapIndex: outputs.missing(7)[0]!, attemptId: 99, workerId: 'wa' }, { sizes: Uint8Array.of(compressSize(7)) })
    expect(bytesOn('wa')).toBeGreaterThanOrEqual(7)
    outputs.forget(7)
    expect(outputs.bytesByWorker(7)).toBeUndefined()
  })
})
