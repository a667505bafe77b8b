import { describe, expect, it } from 'vitest'
import { BARRIER_LIMITS, mapSuccess, plan, type Running, SchedulerBench, stage, success, userError } from './schedulerBench.js'

const three = plan(stage({ numPartitions: 3, barrier: true }))
const EXECUTORS: [string, number][] = [
  ['a', 2],
  ['b', 2],
]

function started({ maxAttempts = 4, executors = EXECUTORS, jobPlan = three } = {}): SchedulerBench {
  const bench = new SchedulerBench({ maxAttempts, executors })
  bench.submit(jobPlan)
  return bench
}

function sync(bench: SchedulerBench, task: Running, epoch = 0, call: 'barrier' | 'allGather' = 'barrier', message = ''): void {
  bench.scheduler.barrierSync(task.taskId, { epoch, call, message })
}

/** What tasks were told since the last look: `partition: answer`. */
function answers(bench: SchedulerBench): string[] {
  return bench.answers
    .splice(0)
    .flatMap(({ taskIds, answer }) =>
      taskIds.map((taskId) => `${bench.running.get(taskId)?.partition}: ${'error' in answer ? answer.error : answer.messages.join()}`),
    )
    .toSorted()
}

describe('tasks of a barrier stage', () => {
  it('are released by the last one that calls, with all messages in the order of partitions', () => {
    const bench = started()
    const [first, second, third] = bench.tasks.toSorted((a, b) => a.partition - b.partition) as [Running, Running, Running]
    sync(bench, third, 0, 'allGather', 'c')
    sync(bench, first, 0, 'allGather', 'a')
    expect(answers(bench)).toEqual([])
    sync(bench, second, 0, 'allGather', 'b')
    expect(answers(bench)).toEqual(['0: a,b,c', '1: a,b,c', '2: a,b,c'])
    for (const task of bench.tasks) sync(bench, task, 1)
    expect(answers(bench)).toEqual(['0: ', '1: ', '2: '])
  })

  it.each([
    [
      'ends while others wait',
      (bench: SchedulerBench, one: Running) => bench.end(one, success),
      /partition 0 ended after 0 of these calls, while the tasks of partitions 1, 2 wait in call 1/,
    ],
    [
      'calls allGather() instead',
      (bench: SchedulerBench, one: Running) => sync(bench, one, 0, 'allGather'),
      /partition 1 calls barrier\(\), the task of partition 0 allGather\(\)/,
    ],
    ['has made another number of calls', (bench: SchedulerBench, one: Running) => sync(bench, one, 1), /partition 0 makes call 2, the others call 1/],
  ])('fail when one %s', (_, act, message) => {
    const bench = started()
    const [one, ...others] = bench.tasks.toSorted((a, b) => a.partition - b.partition) as [Running, Running, Running]
    for (const task of others) sync(bench, task)
    act(bench, one)
    const told = answers(bench)
    expect(told.length).toBeGreaterThanOrEqual(2)
    for (const text of told) expect(text).toMatch(message)
    // and whoever comes later, or has caught the error
    sync(bench, others[0]!, 1)
    expect(answers(bench)).toHaveLength(1)
    bench.end(others[0]!, success)
    expect(bench.failures.at(-1)?.message).toMatch(message)
  })

  it('do not wait longer than the time limit', () => {
    const bench = started()
    const [one] = bench.tasks
    sync(bench, one!)
    bench.now = BARRIER_LIMITS.syncTimeout - 1
    bench.scheduler.schedule()
    expect(answers(bench)).toEqual([])
    bench.now++
    bench.scheduler.schedule()
    expect(answers(bench)[0]).toMatch(/call 1 was not made by the tasks of partitions \d, \d within 60 s/)
  })

  it('of an older attempt are not listened to', () => {
    const bench = started()
    const old = bench.tasks
    bench.end(old[0]!, userError('failed'))
    for (const task of bench
      .tasksOn('a')
      .concat(bench.tasksOn('b'))
      .filter(({ stageAttempt }) => stageAttempt === 0))
      bench.end(task, { kind: 'Killed', reason: '' })
    expect(bench.tasks).toHaveLength(3)
    sync(bench, old[1]!)
    sync(bench, bench.tasks[0]!)
    sync(bench, bench.tasks[1]!)
    expect(answers(bench)).toEqual([])
    sync(bench, bench.tasks[2]!)
    expect(answers(bench)).toHaveLength(3)
  })

  it('know where the others run', () => {
    const bench = started()
    const places = bench.stages[0]!.barrier!
    for (const task of bench.tasks) expect(places[task.partition]).toBe(task.executorId)
  })
})

describe('a barrier stage', () => {
  it('runs all its tasks again when one fails, and only the results of the last attempt count', () => {
    const bench = started()
    const [first, second, third] = bench.tasks as [Running, Running, Running]
    bench.end(first, success)
    bench.end(second, userError('failed'))
    expect(bench.kills.flatMap(({ taskIds }) => taskIds)).toEqual([third.taskId])
    expect(bench.discarded).toEqual([first.taskId])
    // the slots are free once the killed ones have ended
    bench.end(third, { kind: 'Killed', reason: '' })
    expect(bench.tasks.map(({ stageAttempt, attempt }) => [stageAttempt, attempt])).toEqual(Array(3).fill([1, 1]))
    expect(bench.results.size).toBe(0)
    const last = bench.tasks.map(({ taskId }) => taskId)
    bench.finish()
    expect(bench.accepted.toSorted()).toEqual(last.toSorted())
    expect(bench.results.get(0)?.toSorted()).toEqual([0, 1, 2])
    expect(bench.ended.get(0)).toBeUndefined()
  })

  it('gives up after as many failed attempts as a task has, whichever task fails', () => {
    const bench = started()
    for (let attempt = 0; attempt < 4; attempt++) {
      const [one, ...others] = bench.tasks
      bench.end(bench.tasks[attempt % 3]!, userError(`failure ${attempt}`))
      for (const task of [one!, ...others]) if (bench.running.has(task.taskId)) bench.end(task, { kind: 'Killed', reason: '' })
    }
    expect(bench.ended.get(0)).toMatchObject({ kind: 'task', attempts: 4 })
  })

  it('runs again together when an executor is lost under one of its tasks', () => {
    const bench = started()
    bench.loseExecutor('a')
    for (const task of bench.tasks) bench.end(task, { kind: 'Killed', reason: '' })
    expect(bench.tasks).toEqual([])
    bench.addExecutor('c', 1)
    expect(bench.tasks.map(({ stageAttempt }) => stageAttempt)).toEqual([1, 1, 1])
    expect(bench.failures).toHaveLength(1)
  })

  it('computes all its map outputs again when one of them is lost', () => {
    const maps = stage({ numPartitions: 2, shuffleId: 7, numReducers: 1, barrier: true })
    const bench = started({
      jobPlan: plan(stage({ numPartitions: 1, shuffles: [7] }), maps),
      executors: [
        ['a', 1, 'one'],
        ['b', 1, 'two'],
      ] as never,
    })
    const placed = bench.tasks.map(({ partition, executorId }) => [partition, executorId])
    expect(placed).toHaveLength(2)
    bench.end(bench.tasks[0]!, mapSuccess)
    bench.end(bench.tasks[0]!, mapSuccess)
    const [reader] = bench.tasks
    const { shuffleId, outputs } = bench.outputsFor(reader!)[0]!
    bench.end(reader!, { kind: 'FetchFailed', shuffleId, message: 'gone', ...outputs[0]! })
    expect(bench.tasks.map(({ partition }) => partition).toSorted()).toEqual([0, 1])
    bench.finish()
    expect(bench.ended.get(0)).toBeUndefined()
  })

  it('waits for slots, says so, and has those that become free kept for it', () => {
    const bench = new SchedulerBench({ executors: EXECUTORS })
    bench.submit(plan(stage({ numPartitions: 2 })), 0)
    bench.submit(three, 1)
    bench.submit(plan(stage({ numPartitions: 10 })), 2)
    const long = bench.tasks
    expect(long).toHaveLength(2)
    bench.now = 2000
    bench.scheduler.schedule()
    expect(bench.waits).toEqual([expect.stringMatching(/has 3 tasks that run together and waits for 3 free slots of 4/)])
    bench.end(long[0]!, success)
    // three for the barrier stage, one for the job behind it
    expect(bench.tasks.filter((task) => bench.planOf(task).barrier)).toHaveLength(3)
    bench.finish()
    expect([...bench.ended]).toEqual([
      [0, undefined],
      [1, undefined],
      [2, undefined],
    ])
  })

  it('says 1 slot where there is one', () => {
    const bench = new SchedulerBench({ executors: [['a', 1]], barrier: { ...BARRIER_LIMITS, mostSlots: () => 1 } })
    bench.submit(plan(stage({ numPartitions: 2, barrier: true })))
    expect(bench.ended.get(0)).toMatchObject({ message: expect.stringMatching(/has 2 tasks that run together, but this application has at most 1 slot$/) })
  })

  it('that needs more slots than there are does not hold up others, and fails when none come', () => {
    const bench = new SchedulerBench({ executors: [['a', 2]] })
    bench.submit(three, 0)
    bench.submit(plan(stage({ numPartitions: 1 })), 1)
    bench.finish()
    expect(bench.ended.has(1)).toBe(true)
    bench.now = 2000
    bench.scheduler.schedule()
    expect(bench.waits).toEqual([expect.stringMatching(/waits for executors: it has 2 slots/)])
    bench.now = BARRIER_LIMITS.slotsTimeout + 1
    bench.scheduler.schedule()
    expect(bench.ended.get(0)).toMatchObject({ kind: 'slots', message: expect.stringMatching(/3 tasks that run together, but within 10 s it had 2 slots/) })
  })

  it('that can never have its slots fails at once', () => {
    const bench = started({ jobPlan: plan(stage({ numPartitions: BARRIER_LIMITS.mostSlots(1) + 1, barrier: true })) })
    expect(bench.ended.get(0)).toMatchObject({ kind: 'slots', message: expect.stringMatching(/at most 100 slots/) })
  })

  it('of whose cached partitions only some are left is computed anew', () => {
    const cached = stage({ numPartitions: 3, barrier: true, cachedAfterBarrier: [5], preferences: (partition) => ({ cached: [{ rddId: 5, partition }] }) })
    const bench = new SchedulerBench({ executors: EXECUTORS })
    for (const partition of [0, 1]) bench.scheduler.cache.add({ rddId: 5, partition }, 'a')
    bench.submit(plan(cached), 0)
    expect(bench.dropped).toEqual([5])
    bench.finish()
    for (const partition of [0, 1, 2]) bench.scheduler.cache.add({ rddId: 5, partition }, 'b')
    bench.submit(plan(cached), 1)
    expect(bench.dropped).toEqual([5])
    expect(bench.tasksOn('b')).toHaveLength(2)
  })
})
