import { describe, expect, it } from 'vitest'
import type { ExclusionLimits } from '../../../src/scheduler/failureExclusion.js'
import { plan, SchedulerBench, stage, success, userError } from './schedulerBench.js'

const HOUR = 3_600_000
const exclusion: ExclusionLimits = {
  timeout: HOUR,
  taskAttemptsPerExecutor: 1,
  taskAttemptsPerHost: 2,
  stageTasksPerExecutor: 2,
  stageExecutorsPerHost: 2,
  appTasksPerExecutor: 2,
  appExecutorsPerHost: 2,
}
const failed = userError('no')

function bench(executors: readonly [string, number, string?, string?][], on = true): SchedulerBench {
  return new SchedulerBench({ maxAttempts: 4, executors, ...(on ? { exclusion } : {}) })
}

/** The first so many tasks that run on `a` fail. */
function failOnA(cluster: SchedulerBench, tasks: number): void {
  for (const task of cluster.tasksOn('a').slice(0, tasks)) cluster.end(task, failed)
}

describe('a task', () => {
  it('does not run again where it failed', () => {
    const cluster = bench([
      ['a', 1],
      ['b', 1],
    ])
    cluster.submit(plan(stage({ numPartitions: 2 })))
    const [task] = cluster.tasksOn('a')
    cluster.end(task!, failed)
    // a is free, but not for this one
    expect(cluster.tasksOn('a')).toEqual([])
    cluster.end(cluster.tasksOn('b')[0]!, success)
    expect(cluster.tasks.map(({ partition, executorId }) => ({ partition, executorId }))).toEqual([{ partition: task!.partition, executorId: 'b' }])
  })

  it('does not run again on a host where it failed twice', () => {
    const cluster = bench([
      ['a', 1, 'w', 'one'],
      ['b', 1, 'w', 'one'],
      ['c', 1, 'w', 'one'],
      ['d', 1, 'v', 'two'],
    ])
    cluster.submit(plan(stage({ numPartitions: 1 })))
    const on = [cluster.tasks[0]!.executorId]
    for (let failure = 0; failure < 2; failure++) {
      cluster.end(cluster.tasks[0]!, failed)
      on.push(cluster.tasks[0]!.executorId)
    }
    expect(on).toEqual(['a', 'b', 'd'])
  })

  it('has its four attempts on the only executor there is', () => {
    const cluster = bench([['a', 2]])
    cluster.submit(plan(stage({ numPartitions: 2 })))
    for (let attempt = 0; attempt < 4; attempt++) {
      expect(cluster.ended.has(0)).toBe(false)
      cluster.end(cluster.tasks.find(({ partition }) => partition === 0)!, failed)
    }
    expect(cluster.ended.get(0)).toMatchObject({ kind: 'task', attempts: 4 })
  })

  it('runs again anywhere while exclusion is off', () => {
    const cluster = bench([['a', 1]], false)
    cluster.submit(plan(stage({ numPartitions: 1 })))
    cluster.end(cluster.tasks[0]!, failed)
    expect(cluster.tasksOn('a')).toHaveLength(1)
    expect(cluster.exclusions).toEqual([])
  })
})

describe('a stage', () => {
  it('avoids an executor where two of its tasks failed, and says so once', () => {
    const cluster = bench([
      ['a', 2],
      ['b', 2],
    ])
    cluster.submit(plan(stage({ numPartitions: 4 })))
    failOnA(cluster, 2)
    expect(cluster.exclusions).toEqual([{ executorId: 'a', host: 'host', stageId: 0 }])
    while (cluster.tasks.length > 0) {
      expect(cluster.tasksOn('a')).toEqual([])
      cluster.end(cluster.tasks[0]!, success)
    }
    expect(cluster.ended.get(0)).toBeUndefined()
    expect(cluster.ended.has(0)).toBe(true)
  })

  it('avoids a host with two such executors', () => {
    const cluster = bench([
      ['a', 2, 'w', 'one'],
      ['b', 2, 'w', 'one'],
      ['c', 2, 'v', 'two'],
    ])
    cluster.submit(plan(stage({ numPartitions: 6 })))
    const tasks = cluster.tasks
    for (const task of tasks.filter(({ executorId }) => executorId !== 'c')) cluster.end(task, failed)
    expect(cluster.exclusions).toEqual([
      { executorId: 'a', host: 'one', stageId: 0 },
      { executorId: 'b', host: 'one', stageId: 0 },
      { host: 'one', stageId: 0 },
    ])
    cluster.addExecutor('d', 2, 'w', 'one')
    expect(cluster.tasksOn('d')).toEqual([])
  })

  it('is not kept from the last executor', () => {
    const cluster = bench([
      ['a', 2],
      ['b', 2],
    ])
    cluster.submit(plan(stage({ numPartitions: 4 })))
    failOnA(cluster, 2)
    cluster.loseExecutor('b', false)
    expect(cluster.tasksOn('a')).toHaveLength(2)
  })
})

describe('the application', () => {
  function excludeA(): SchedulerBench {
    const cluster = bench([
      ['a', 2],
      ['b', 2],
    ])
    cluster.submit(plan(stage({ numPartitions: 4 })), 0)
    failOnA(cluster, 2)
    cluster.finish()
    return cluster
  }

  it('avoids an executor after a stage that succeeded elsewhere, for an hour', () => {
    const cluster = excludeA()
    expect(cluster.exclusions.at(-1)).toEqual({ executorId: 'a', host: 'host', ms: HOUR })
    cluster.submit(plan(stage({ numPartitions: 4 })), 1)
    expect(cluster.tasksOn('a')).toEqual([])
    cluster.finish()
    cluster.now += HOUR
    cluster.submit(plan(stage({ numPartitions: 4 })), 2)
    expect(cluster.tasksOn('a')).toHaveLength(2)
  })

  it('blames nobody for a stage that failed', () => {
    const cluster = bench([
      ['a', 1],
      ['b', 1],
    ])
    cluster.submit(plan(stage({ numPartitions: 2 })), 0)
    while (!cluster.ended.has(0)) cluster.end(cluster.tasks[0]!, failed)
    expect(cluster.exclusions.filter(({ ms }) => ms !== undefined)).toEqual([])
  })

  it('uses an executor it avoids when no other is left', () => {
    const cluster = excludeA()
    cluster.loseExecutor('b', false)
    cluster.submit(plan(stage({ numPartitions: 2 })), 1)
    expect(cluster.tasksOn('a')).toHaveLength(2)
  })
})
