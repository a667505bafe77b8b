import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NO_ATTEMPT } from '../../../src/protocol/executorMessages.js'
import { mapSuccess, plan, SchedulerBench, stage, success, userError } from './schedulerBench.js'

const twoStages = plan(stage({ numPartitions: 2, shuffles: [7] }), stage({ numPartitions: 3, shuffleId: 7, numReducers: 2 }))

describe('handing out tasks', () => {
  it('ends a job whose stage cannot be sent, and leaves slots and other jobs as they were', () => {
    const unspeakable = (shuffles: number[]) =>
      Object.defineProperty(stage({ numPartitions: 2, shuffles }), 'program', {
        get(): never {
          throw new Error('no words for it')
        },
      })
    const bench = new SchedulerBench({ executors: [['a', 2]] })
    bench.submit(plan(unspeakable([])), 0)
    bench.submit(plan(unspeakable([7]), stage({ numPartitions: 2, shuffleId: 7 })), 1)
    bench.submit(plan(stage({ numPartitions: 2 })), 2)
    bench.finish()
    const failure = { kind: 'program', message: 'no words for it' }
    expect([...bench.ended].toSorted(([a], [b]) => a - b)).toEqual([
      [0, failure],
      [1, failure],
      [2, undefined],
    ])
  })

  it('gives no executor a second task while another has a free slot', () => {
    const bench = new SchedulerBench({
      executors: [
        ['a', 4],
        ['b', 2],
        ['c', 1],
      ],
    })
    bench.submit(plan(stage({ numPartitions: 3 })))
    expect(bench.tasks.map(({ executorId }) => executorId).sort()).toEqual(['a', 'b', 'c'])
  })

  it('gives no executor more tasks than it has slots, and each partition once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 30 }), (cores, partitions) => {
        const bench = new SchedulerBench({ executors: cores.map((count, index) => [`e${index}`, count] as const) as [string, number][] })
        bench.submit(plan(stage({ numPartitions: partitions })))
        const given: number[] = []
        while (bench.tasks.length > 0) {
          for (const [index, count] of cores.entries()) expect(bench.tasksOn(`e${index}`).length).toBeLessThanOrEqual(count)
          const task = bench.tasks[0]!
          given.push(task.partition)
          bench.end(task, success)
        }
        expect(given.sort((a, b) => a - b)).toEqual(Array.from({ length: partitions }, (_, index) => index))
        expect(bench.ended.get(0)).toBeUndefined()
        expect(bench.ended.has(0)).toBe(true)
      }),
    )
  })

  it('queues tiny tasks in front of busy slots, but long ones never', () => {
    const queued = (runTime: number): number => {
      const bench = new SchedulerBench({ executors: [['a', 1]] })
      bench.submit(plan(stage({ numPartitions: 50 })))
      bench.end(bench.tasks[0]!, success, runTime)
      return bench.tasks.length
    }
    expect(queued(500)).toBe(1)
    expect(queued(0.1)).toBeGreaterThan(10)
  })

  it('hands out nothing while it is held', () => {
    const bench = new SchedulerBench({ executors: [['a', 2]] })
    bench.scheduler.hold(true)
    bench.submit(plan(stage({ numPartitions: 2 })))
    expect(bench.tasks).toEqual([])
    bench.scheduler.hold(false)
    expect(bench.tasks).toHaveLength(2)
  })

  it('starts a barrier stage with all its tasks or not at all', () => {
    const bench = new SchedulerBench({ executors: [['a', 2]] })
    bench.submit(plan(stage({ numPartitions: 3, barrier: true })))
    expect(bench.tasks).toEqual([])
    bench.addExecutor('b', 1)
    expect(bench.tasks).toHaveLength(3)
  })

  it('computes only the partitions that were asked for, and a partition asked for twice once', () => {
    const bench = new SchedulerBench({ executors: [['a', 8]] })
    bench.submit(plan(stage({ numPartitions: 5 })), 0, [3, 1, 3])
    expect(bench.tasks.map(({ partition }) => partition).sort()).toEqual([1, 3])
    bench.finish()
    expect(bench.results.get(0)?.sort()).toEqual([0, 1, 2])
  })

  it('prefers the executor that holds a cached partition', () => {
    const cached = stage({ numPartitions: 2, preferences: (partition) => ({ cached: [{ rddId: 5, partition }] }) })
    const bench = new SchedulerBench({
      executors: [
        ['a', 1],
        ['b', 1],
      ],
    })
    bench.scheduler.cache.add({ rddId: 5, partition: 0 }, 'b')
    bench.scheduler.cache.add({ rddId: 5, partition: 1 }, 'a')
    bench.submit(plan(cached))
    expect(bench.tasks.map(({ partition, executorId }) => `${partition} on ${executorId}`).sort()).toEqual(['0 on b', '1 on a'])
  })
})

describe('stages', () => {
  it('run after the shuffles they read, and are told where the outputs lie', () => {
    const bench = new SchedulerBench({ executors: [['a', 4, 'w']] })
    bench.submit(twoStages)
    expect(bench.tasks.map(({ partition }) => partition)).toEqual([0, 1, 2])
    bench.finish(bench.tasks[0]!.stageId)
    expect(bench.tasks).toHaveLength(2)
    const { numMaps, outputs } = bench.outputsFor(bench.tasks[0]!)[0]!
    expect({ numMaps, outputs: outputs.length }).toEqual({ numMaps: 3, outputs: 3 })
    bench.finish()
    expect(bench.ended.has(0)).toBe(true)
  })

  it('that do not need each other run at the same time', () => {
    const bench = new SchedulerBench({ executors: [['a', 8]] })
    const maps = [7, 8].map((shuffleId) => stage({ numPartitions: 3, shuffleId, numReducers: 2 }))
    bench.submit(plan(stage({ numPartitions: 2, shuffles: [7, 8] }), ...maps))
    expect(bench.tasks.map((task) => bench.planOf(task).name).toSorted()).toEqual([...Array(3).fill('map 7'), ...Array(3).fill('map 8')])
    bench.finish()
    expect(bench.ended.get(0)).toBeUndefined()
    expect(bench.ended.has(0)).toBe(true)
  })

  it('of a shuffle that is there already are skipped by later jobs', () => {
    const bench = new SchedulerBench({ executors: [['a', 4]] })
    bench.submit(twoStages, 0)
    bench.finish()
    bench.submit(twoStages, 1)
    expect(bench.tasks).toHaveLength(2)
    bench.finish()
    expect(bench.finishedStages.map(({ name }) => name)).toEqual(['map 7', 'result', 'result'])
  })

  it('of a shuffle that two jobs want at the same time are computed once', () => {
    const bench = new SchedulerBench({ executors: [['a', 8]] })
    bench.submit(twoStages, 0)
    bench.submit(twoStages, 1)
    expect(bench.tasks).toHaveLength(3)
    bench.finish()
    expect([...bench.ended.keys()].sort()).toEqual([0, 1])
  })
})

describe('failures', () => {
  it('to fetch that end one job make the other jobs wait for the lost output', () => {
    const bench = new SchedulerBench({ executors: [['a', 1]] })
    bench.submit(twoStages, 0)
    bench.submit(twoStages, 1)
    for (let failure = 0; failure < 4; failure++) {
      while (bench.planOf(bench.tasks[0]!).kind === 'shuffleMap') bench.end(bench.tasks[0]!, mapSuccess)
      const { shuffleId, outputs } = bench.outputsFor(bench.tasks[0]!)[0]!
      bench.end(bench.tasks[0]!, { kind: 'FetchFailed', shuffleId, message: 'gone', ...outputs[0]! })
    }
    expect(bench.ended.get(0)).toMatchObject({ kind: 'fetch' })
    expect(bench.planOf(bench.tasks[0]!).kind).toBe('shuffleMap')
    bench.finish()
    expect(bench.ended.get(1)).toBeUndefined()
    expect(bench.results.get(1)?.sort()).toEqual([0, 1])
  })

  it('are tried again until the attempts are used up; then the job fails with the error of the last', () => {
    const bench = new SchedulerBench({ maxAttempts: 3, executors: [['a', 1]] })
    bench.submit(plan(stage({ numPartitions: 1 })))
    for (const n of [1, 2, 3]) bench.end(bench.tasks[0]!, userError(`failure ${n}`))
    expect(bench.failures.map(({ attempt, willRetry }) => [attempt, willRetry])).toEqual([
      [0, true],
      [1, true],
      [2, false],
    ])
    expect(bench.ended.get(0)).toMatchObject({ kind: 'task', attempts: 3, partition: 0, error: { message: 'failure 3' } })
    expect(bench.tasks).toEqual([])
  })

  it('count by partition', () => {
    const bench = new SchedulerBench({ maxAttempts: 2, executors: [['a', 2]] })
    bench.submit(plan(stage({ numPartitions: 2 })))
    for (const task of bench.tasks) bench.end(task, userError('once'))
    bench.finish()
    expect(bench.ended.has(0)).toBe(true)
    expect(bench.ended.get(0)).toBeUndefined()
  })

  it('of the machine that cannot be made good are not tried again', () => {
    const bench = new SchedulerBench({ maxAttempts: 4, executors: [['a', 1]] })
    bench.submit(plan(stage({ numPartitions: 1 })))
    bench.end(bench.tasks[0]!, { kind: 'EngineError', retry: false, error: { name: 'TsparkError', message: 'disk full', code: 'TSPARK_DISK' } })
    expect(bench.ended.get(0)).toMatchObject({ kind: 'task', machine: true, attempts: 1 })
  })

  it('stop the other tasks of the job, whose late ends count for nothing', () => {
    const bench = new SchedulerBench({ executors: [['a', 2]] })
    bench.submit(plan(stage({ numPartitions: 2 })))
    const [bad, other] = bench.tasks as [(typeof bench.tasks)[0], (typeof bench.tasks)[0]]
    bench.end(bad!, userError('bad'))
    expect(bench.kills).toEqual([{ executorId: 'a', taskIds: [other!.taskId] }])
    bench.end(other!, success)
    expect(bench.results.get(0)).toBeUndefined()
    expect(bench.scheduler.executors[0]!.running.size).toBe(0)
  })
})

describe('lost executors', () => {
  it('have their tasks computed by others without using up attempts', () => {
    const bench = new SchedulerBench({
      maxAttempts: 1,
      executors: [
        ['a', 2],
        ['b', 2],
      ],
    })
    bench.submit(plan(stage({ numPartitions: 4 })))
    bench.loseExecutor('a')
    bench.finish()
    expect(bench.ended.has(0)).toBe(true)
    expect(bench.ended.get(0)).toBeUndefined()
    expect(bench.results.get(0)?.sort()).toEqual([0, 1, 2, 3])
  })

  it('four times under one partition fail the job', () => {
    for (const maxAttempts of [1, 4]) {
      const bench = new SchedulerBench({ maxAttempts })
      bench.submit(plan(stage({ numPartitions: 1 })))
      for (const id of ['a', 'b', 'c', 'd']) {
        expect(bench.ended.has(0)).toBe(false)
        bench.addExecutor(id, 1)
        bench.loseExecutor(id)
      }
      expect(bench.ended.get(0)).toMatchObject({ kind: 'executors', attempts: 4 })
    }
  })

  it('count together with the errors of the task', () => {
    const bench = new SchedulerBench({ maxAttempts: 4, executors: [['a', 1]] })
    bench.submit(plan(stage({ numPartitions: 1 })))
    bench.loseExecutor('a')
    bench.addExecutor('b', 1)
    for (let error = 0; error < 3; error++) bench.end(bench.tasks[0]!, userError('no'))
    expect(bench.ended.get(0)).toMatchObject({ kind: 'task', attempts: 4 })
  })

  it('in the middle of a commit let the next attempt commit', () => {
    const bench = new SchedulerBench({ executors: [['a', 1]] })
    bench.submit(plan(stage({ numPartitions: 1 })))
    expect(bench.scheduler.mayCommit(bench.tasks[0]!.taskId)).toBe(true)
    bench.addExecutor('b', 1)
    bench.loseExecutor('a')
    expect(bench.scheduler.mayCommit(bench.tasks[0]!.taskId)).toBe(true)
  })

  it('from outside never fail the job, however often', () => {
    const bench = new SchedulerBench({ executors: [] })
    bench.submit(plan(stage({ numPartitions: 1 })))
    for (let loss = 0; loss < 20; loss++) {
      bench.addExecutor(`e${loss}`, 1)
      bench.loseExecutor(`e${loss}`, false)
    }
    bench.addExecutor('last', 1)
    bench.finish()
    expect(bench.ended.get(0)).toBeUndefined()
    expect(bench.ended.has(0)).toBe(true)
  })

  it('leave their finished map outputs to their worker', () => {
    const bench = new SchedulerBench({ executors: [['a', 1, 'w']] })
    bench.submit(twoStages)
    const maps = bench.tasks[0]!.stageId
    bench.finish(maps)
    bench.loseExecutor('a')
    bench.addExecutor('b', 2, 'w')
    expect(bench.tasks.every(({ stageId }) => stageId !== maps)).toBe(true)
    bench.finish()
    expect(bench.ended.get(0)).toBeUndefined()
  })
})

describe('lost shuffle outputs', () => {
  it('behind a cached partition are computed when a task cannot have what is cached', () => {
    const bench = new SchedulerBench({ executors: [['a', 2]] })
    const cached = { rddId: 5, partition: 0 }
    bench.scheduler.cache.add(cached, 'a')
    const result = stage({ numPartitions: 1, shuffles: [7], requiredShuffles: (_, isCached) => (isCached(cached) ? [] : [7]) })
    bench.submit(plan(result, stage({ numPartitions: 2, shuffleId: 7, numReducers: 1 })))
    bench.end(bench.tasks[0]!, { kind: 'FetchFailed', shuffleId: 7, mapIndex: 0, attemptId: NO_ATTEMPT, workerId: '', message: 'not there' })
    expect(bench.tasks.map((task) => bench.planOf(task).kind)).toEqual(['shuffleMap', 'shuffleMap'])
    bench.finish()
    expect(bench.results.get(0)).toEqual([0])
  })

  it('of one map task are computed again, by that task only, when a fetch fails', () => {
    const bench = new SchedulerBench({ executors: [['a', 4, 'w']] })
    bench.submit(twoStages)
    bench.finish(bench.tasks[0]!.stageId)
    const [reader] = bench.tasks
    const lost = bench.outputsFor(reader!)[0]!.outputs[1]!
    bench.end(reader!, { kind: 'FetchFailed', shuffleId: 7, mapIndex: 1, attemptId: lost.attemptId, workerId: 'w', message: 'gone' })
    const again = bench.tasks.filter((task) => bench.planOf(task).kind === 'shuffleMap')
    expect(again.map(({ partition }) => partition)).toEqual([1])
    bench.finish()
    expect(bench.ended.get(0)).toBeUndefined()
    expect(bench.results.get(0)?.sort()).toEqual([0, 1])
  })

  it('are not computed again for a fetch that failed on an output which was replaced meanwhile', () => {
    const bench = new SchedulerBench({ executors: [['a', 4, 'w']] })
    bench.submit(twoStages)
    bench.finish(bench.tasks[0]!.stageId)
    const [first, second] = bench.tasks
    const lost = bench.outputsFor(first!)[0]!.outputs[0]!
    const failed = { kind: 'FetchFailed', shuffleId: 7, mapIndex: 0, attemptId: lost.attemptId, workerId: 'w', message: 'gone' } as const
    bench.end(first!, failed)
    const map = bench.tasks.find((task) => bench.planOf(task).kind === 'shuffleMap')!
    bench.end(map, mapSuccess)
    bench.end(second!, failed)
    expect(bench.tasks.filter((task) => bench.planOf(task).kind === 'shuffleMap')).toEqual([])
    bench.finish()
    expect(bench.results.get(0)?.sort()).toEqual([0, 1])
  })

  it('of which many are damaged are all computed again before the stage is given up', () => {
    const many = plan(stage({ numPartitions: 1, shuffles: [7] }), stage({ shuffleId: 7, numPartitions: 12 }))
    const bench = new SchedulerBench({ executors: [['a', 4, 'w']] })
    bench.submit(many)
    bench.finish(bench.tasks[0]!.stageId)
    const good = new Set<number>()
    const computed: number[][] = []
    for (let round = 0; round < 10 && !bench.ended.has(0); round++) {
      const [reader] = bench.tasks
      const damaged = bench.outputsFor(reader!)[0]!.outputs.find(({ mapIndex }) => !good.has(mapIndex))
      if (!damaged) {
        bench.end(reader!, success)
        break
      }
      const { mapIndex, attemptId } = damaged
      bench.end(reader!, { kind: 'FetchFailed', shuffleId: 7, mapIndex, attemptId, workerId: 'w', message: 'damaged' })
      computed.push([])
      for (let task = bench.tasks[0]!; task && bench.planOf(task).kind === 'shuffleMap'; task = bench.tasks[0]!) {
        computed.at(-1)!.push(task.partition)
        good.add(task.partition)
        bench.end(task, mapSuccess)
      }
    }
    expect(computed.map((partitions) => partitions.length)).toEqual([1, 1, 12])
    expect(bench.results.get(0)).toEqual([0])
  })

  it('again and again fail the job', () => {
    const bench = new SchedulerBench({ executors: [['a', 4, 'w']] })
    bench.submit(twoStages)
    for (let round = 0; round < 40 && !bench.ended.has(0); round++) {
      const task = bench.tasks[0]!
      if (bench.planOf(task).kind === 'shuffleMap') bench.end(task, mapSuccess)
      else {
        const { attemptId } = bench.outputsFor(task)[0]!.outputs[0]!
        bench.end(task, { kind: 'FetchFailed', shuffleId: 7, mapIndex: 0, attemptId, workerId: 'w', message: 'gone' })
      }
    }
    expect(bench.ended.get(0)).toMatchObject({ kind: 'fetch' })
  })

  it('that cannot be read from a worker that was stopped count against nothing', () => {
    const bench = new SchedulerBench({
      executors: [
        ['a', 4, 'w'],
        ['b', 4, 'v'],
      ],
    })
    bench.submit(twoStages)
    bench.scheduler.drain('w')
    for (let round = 0; round < 40; round++) {
      const task = bench.tasks[0]!
      if (bench.planOf(task).kind === 'shuffleMap') bench.end(task, mapSuccess)
      else {
        const { attemptId } = bench.outputsFor(task)[0]!.outputs[0]!
        bench.end(task, { kind: 'FetchFailed', shuffleId: 7, mapIndex: 0, attemptId, workerId: 'w', message: 'gone' })
      }
    }
    expect(bench.failures.length).toBeGreaterThan(4)
    expect(bench.ended.has(0)).toBe(false)
  })

  it('that were moved are read where they are, and no failure at their old place makes them lost', () => {
    const bench = new SchedulerBench({
      executors: [
        ['a', 2, 'w'],
        ['b', 2, 'v'],
      ],
    })
    bench.submit(twoStages)
    bench.finish(bench.tasks[0]!.stageId)
    const { outputs } = bench.scheduler
    const reader = bench.tasks[0]!
    const moved = outputs.on('w')
    expect(moved.length).toBeGreaterThan(0)
    bench.scheduler.drain('w')
    for (const output of moved) expect(outputs.moved(output, 'w', 'v')).toBe(true)
    expect(outputs.moved(moved[0]!, 'w', 'v')).toBe(false)
    bench.end(reader, { kind: 'FetchFailed', ...moved[0]!, workerId: 'w', message: 'gone' })
    expect(outputs.isComplete(7)).toBe(true)
    bench.scheduler.workerLost('w')
    expect(outputs.isComplete(7)).toBe(true)
    const again = bench.tasks.find(({ partition, taskId }) => partition === reader.partition && taskId !== reader.taskId)
    expect(bench.outputsFor(again!)[0]!.outputs.map(({ workerId }) => workerId)).toEqual(['v', 'v', 'v'])
  })

  it('of a lost worker are computed again before anything reads them', () => {
    const bench = new SchedulerBench({ executors: [['a', 4, 'w1']] })
    bench.submit(twoStages)
    bench.finish(bench.tasks[0]!.stageId)
    bench.loseExecutor('a')
    bench.scheduler.workerLost('w1')
    bench.addExecutor('b', 4, 'w2')
    expect(bench.tasks.map((task) => bench.planOf(task).kind)).toEqual(['shuffleMap', 'shuffleMap', 'shuffleMap'])
    bench.finish()
    expect(bench.results.get(0)?.sort()).toEqual([0, 1])
  })

  it('are never missing in what a task is told, whatever is lost when', () => {
    const three = plan(
      stage({ numPartitions: 3, shuffles: [2] }),
      stage({ numPartitions: 3, shuffleId: 2, numReducers: 3, shuffles: [1] }),
      stage({ numPartitions: 3, shuffleId: 1, numReducers: 3 }),
    )
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('executor' as const), which: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('worker' as const), which: fc.nat() }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const bench = new SchedulerBench({ maxAttempts: 99 })
        let next = 0
        const add = (): void => bench.addExecutor(`e${next}`, 2, `w${next++}`)
        add()
        add()
        bench.submit(three)
        const check = (): void => {
          for (const task of bench.tasks) for (const { numMaps, outputs } of bench.outputsFor(task)) expect(outputs.length).toBe(numMaps)
        }
        for (const { kind, which } of steps) {
          const { executors } = bench.scheduler
          const task = bench.tasks[which % Math.max(1, bench.tasks.length)]
          if (kind === 'end' && task) bench.end(task, bench.planOf(task).kind === 'result' ? success : mapSuccess)
          else if (kind !== 'end') {
            const { executorId, workerId } = executors[which % executors.length]!
            bench.loseExecutor(executorId)
            if (kind === 'worker') bench.scheduler.workerLost(workerId)
            add()
          }
          check()
        }
        // four losses under one partition end a job, rightly
        if (bench.ended.get(0)?.kind === 'executors') return
        bench.finish()
        check()
        expect(bench.ended.has(0)).toBe(true)
        expect(bench.ended.get(0)).toBeUndefined()
        expect(bench.results.get(0)?.sort()).toEqual([0, 1, 2])
      }),
      { numRuns: 300 },
    )
  })
})

describe('cancelling', () => {
  it('kills the tasks of the job and leaves other jobs alone', () => {
    const bench = new SchedulerBench({ executors: [['a', 4]] })
    bench.submit(plan(stage({ numPartitions: 2 })), 0)
    bench.submit(plan(stage({ numPartitions: 2 })), 1)
    const killed = bench.tasks.slice(0, 2)
    bench.scheduler.cancel(0, 'enough')
    expect(bench.kills.flatMap(({ taskIds }) => taskIds)).toEqual(killed.map(({ taskId }) => taskId))
    expect(bench.ended.get(0)).toEqual({ kind: 'cancelled', reason: 'enough' })
    for (const task of killed) bench.end(task, { kind: 'Killed', reason: 'enough' })
    bench.finish()
    expect(bench.results.get(1)).toEqual([0, 1])
  })

  it('leaves a map stage that another job waits for', () => {
    const bench = new SchedulerBench({ executors: [['a', 4]] })
    bench.submit(twoStages, 0)
    bench.submit(twoStages, 1)
    bench.scheduler.cancel(0, 'enough')
    expect(bench.kills).toEqual([])
    bench.finish()
    expect(bench.ended.get(1)).toBeUndefined()
    expect(bench.results.get(1)?.sort()).toEqual([0, 1])
  })
})

describe('committing output', () => {
  it('is granted to one attempt of a partition only, and to the next when that one fails', () => {
    const bench = new SchedulerBench({ maxAttempts: 2, executors: [['a', 1]] })
    bench.submit(plan(stage({ numPartitions: 1 })))
    const [first] = bench.tasks
    expect(bench.scheduler.mayCommit(first!.taskId)).toBe(true)
    expect(bench.scheduler.mayCommit(first!.taskId)).toBe(true)
    bench.end(first!, userError('after the commit was granted'))
    expect(bench.scheduler.mayCommit(first!.taskId)).toBe(false)
    expect(bench.scheduler.mayCommit(bench.tasks[0]!.taskId)).toBe(true)
  })
})
