import { describe, expect, it } from 'vitest'
import { type PoolSettings, SchedulingPools, type SharingMode } from '../../../src/scheduler/schedulingPools.js'
import { plan, SchedulerBench, stage, success } from './schedulerBench.js'

const pool = (name: string, rights: Partial<PoolSettings> = {}): PoolSettings => ({ name, schedulingMode: 'FIFO', weight: 1, minShare: 0, ...rights })

/** One executor with so many slots, and a job of 40 tasks for each pool, in this order. */
function bench(mode: SharingMode, slots: number, jobs: readonly string[], pools: readonly PoolSettings[] = []): SchedulerBench {
  const cluster = new SchedulerBench({ pools: new SchedulingPools(mode, pools), executors: [['a', slots]] })
  cluster.scheduler.hold(true)
  for (const [jobId, name] of jobs.entries()) cluster.submit(plan(stage({ numPartitions: 40 })), jobId, undefined, { 'spark.scheduler.pool': name })
  cluster.scheduler.hold(false)
  return cluster
}

/** Running tasks by stage; a job has one, of the same number. */
function running(cluster: SchedulerBench, jobs: number): number[] {
  return Array.from({ length: jobs }, (_, stageId) => cluster.tasks.filter((task) => task.stageId === stageId).length)
}

describe('FIFO', () => {
  it('gives the oldest job all slots, whatever its pool', () => {
    expect(running(bench('FIFO', 8, ['a', 'b'], [pool('b', { minShare: 8 })]), 2)).toEqual([8, 0])
  })

  it('gives a later job what the oldest has no use for', () => {
    const cluster = new SchedulerBench({ executors: [['a', 8]] })
    for (const jobId of [0, 1]) cluster.submit(plan(stage({ numPartitions: 5 })), jobId)
    expect(running(cluster, 2)).toEqual([5, 3])
  })
})

describe('FAIR', () => {
  it('shares slots between pools', () => {
    expect(running(bench('FAIR', 8, ['a', 'b']), 2)).toEqual([4, 4])
  })

  it('shares by weight', () => {
    expect(running(bench('FAIR', 8, ['a', 'b'], [pool('b', { weight: 3 })]), 2)).toEqual([2, 6])
  })

  it('fills minimum shares first, those furthest below before the others', () => {
    expect(running(bench('FAIR', 6, ['a', 'b', 'c'], [pool('b', { minShare: 2 }), pool('c', { minShare: 4 })]), 3)).toEqual([0, 2, 4])
    expect(running(bench('FAIR', 3, ['a', 'b', 'c'], [pool('b', { minShare: 2 }), pool('c', { minShare: 4 })]), 3)).toEqual([0, 1, 2])
  })

  it('runs the jobs of a FIFO pool one after the other, those of a FAIR one together', () => {
    expect(running(bench('FAIR', 8, ['a', 'a', 'b']), 3)).toEqual([4, 0, 4])
    expect(running(bench('FAIR', 8, ['a', 'a', 'b'], [pool('a', { schedulingMode: 'FAIR' })]), 3)).toEqual([2, 2, 4])
  })

  it('decides between equals by name', () => {
    expect(running(bench('FAIR', 1, ['b', 'a']), 2)).toEqual([0, 1])
  })

  it('lets a job that comes later have its share as slots get free', () => {
    const cluster = bench('FAIR', 4, ['a'])
    expect(running(cluster, 1)).toEqual([4])
    cluster.submit(plan(stage({ numPartitions: 40 })), 1, undefined, { 'spark.scheduler.pool': 'b' })
    for (let ended = 0; ended < 2; ended++) cluster.end(cluster.tasks[0]!, success)
    expect(running(cluster, 2)).toEqual([2, 2])
  })

  it('starts a barrier stage with all its tasks', () => {
    const cluster = new SchedulerBench({ pools: new SchedulingPools('FAIR'), executors: [['a', 4]] })
    cluster.submit(plan(stage({ numPartitions: 3, barrier: true })))
    expect(cluster.tasks).toHaveLength(3)
  })
})
