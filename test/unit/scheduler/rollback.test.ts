import { describe, expect, it } from 'vitest'
import type { StagePlan } from '../../../src/plan/jobPlan.js'
import type { ExecutorTaskEnd } from '../../../src/protocol/executorMessages.js'
import { plan, type Running, SchedulerBench, stage, success } from './schedulerBench.js'

/** Shuffle 1 is computed from shuffle 0, the results from shuffle 1. */
const first = stage({ numPartitions: 2, shuffleId: 0 })
const second = (options: Partial<StagePlan> = {}): StagePlan => stage({ numPartitions: 2, shuffleId: 1, shuffles: [0], ...options })
const chain = plan(stage({ numPartitions: 3, shuffles: [1] }), second(), first)

const output = (checksum: string): ExecutorTaskEnd => ({
  kind: 'Success',
  mapOutput: { sizes: new Uint8Array(), records: 0, bytes: 0, checksum },
})

const lost = (task: Running, shuffleId: number, mapIndex: number, bench: SchedulerBench): ExecutorTaskEnd => {
  const { attemptId, workerId } = bench
    .outputsFor(task)
    .find((shuffle) => shuffle.shuffleId === shuffleId)!
    .outputs.find((each) => each.mapIndex === mapIndex)!
  return { kind: 'FetchFailed', message: 'gone', workerId, shuffleId, mapIndex, attemptId }
}

/** Ends the running tasks of map stages with checksums by partition, until the result stage runs. */
function runMaps(bench: SchedulerBench, checksumOf: (task: Running) => string): void {
  for (;;) {
    const task = bench.tasks.find((each) => bench.planOf(each).kind === 'shuffleMap')
    if (!task) return
    bench.end(task, output(checksumOf(task)))
  }
}

const same = (task: Running): string => `${task.partition}`

function started(jobPlan = chain): SchedulerBench {
  const bench = new SchedulerBench({
    maxAttempts: 4,
    executors: [
      ['a', 3, 'w1'],
      ['b', 8, 'w2'],
    ],
  })
  bench.submit(jobPlan)
  runMaps(bench, same)
  return bench
}

describe('a map output that is computed again', () => {
  it('and is the same leaves everything else as it was', () => {
    const bench = started()
    const [one, two] = bench.tasks
    bench.end(one!, success)
    bench.end(two!, lost(two!, 1, 0, bench))
    runMaps(bench, same)
    bench.finish()
    expect(bench.results.get(0)!.toSorted()).toEqual([0, 1, 2])
    expect(bench.ended.get(0)).toBeUndefined()
    expect(bench.kills).toEqual([])
  })

  it('and is not the same takes back what is running and all map outputs that came of it', () => {
    const bench = started()
    // both shuffles have lost an output of the worker
    bench.loseExecutor('a', false)
    bench.scheduler.workerLost('w1')
    const before = bench.tasks.filter((task) => bench.planOf(task).kind === 'result').map(({ taskId }) => taskId)
    const names: string[] = []
    for (;;) {
      const task = bench.tasks.find((each) => bench.planOf(each).kind === 'shuffleMap')
      if (!task) break
      names.push(`${bench.planOf(task).name}/${task.partition}`)
      bench.end(task, output(`another ${task.partition}`))
    }
    // the output of the second stage that was not lost is computed again too
    expect(names.filter((name) => name.startsWith('map 0'))).toHaveLength(1)
    expect(names.filter((name) => name.startsWith('map 1')).toSorted()).toEqual(['map 1/0', 'map 1/1'])
    const killed = bench.kills.flatMap(({ taskIds }) => taskIds)
    expect(killed).toEqual(before)
    // what they still tell counts for nothing
    for (const task of bench.tasks.filter(({ taskId }) => killed.includes(taskId))) bench.end(task, success)
    expect(bench.results.get(0)).toBeUndefined()
    bench.finish()
    expect(bench.results.get(0)!.toSorted()).toEqual([0, 1, 2])
    expect(bench.ended.get(0)).toBeUndefined()
  })

  it('and is not the same fails a job of which a result is delivered', () => {
    const bench = started()
    const [one, two] = bench.tasks
    bench.end(one!, success)
    bench.end(two!, lost(two!, 1, 0, bench))
    runMaps(bench, () => 'another')
    expect(bench.ended.get(0)).toMatchObject({ kind: 'indeterminate', stageName: 'map 1', delivered: 1, partitions: 3 })
    expect(bench.scheduler.activeStages).toEqual([])
    // the same action again finds what it needs, and one generation of it
    bench.submit(chain, 1)
    bench.finish()
    expect(bench.results.get(1)!.toSorted()).toEqual([0, 1, 2])
  })

  it('and is not the same drops the partitions that were cached from it, also those that come late', () => {
    const cachedFrom = new Map([[0, [42]]])
    const bench = started(plan(stage({ numPartitions: 3, shuffles: [1] }), second({ cachedFrom }), first))
    bench.scheduler.cached(0, 'b', { rddId: 42, partition: 0 }, { useDisk: false, useMemory: true, deserialized: true, replication: 1 })
    const [one] = bench.tasks
    bench.end(one!, lost(one!, 1, 0, bench))
    const reader = bench.tasks.find((task) => bench.planOf(task).name === 'map 1')!
    bench.end(reader, lost(reader, 0, 0, bench))
    const again = bench.tasks.find((task) => bench.planOf(task).name === 'map 0')!
    bench.end(again, output('another'))
    expect(bench.dropped).toEqual([42])
    expect(bench.scheduler.cache.isCached({ rddId: 42, partition: 0 })).toBe(false)
  })
})
