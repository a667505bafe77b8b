import { expect, it } from 'vitest'
import { Scheduler } from '../../../src/scheduler/scheduler.js'
import { plan, schedulerOptions, stage, success } from './schedulerBench.js'

const WORKERS = 1_000
const CORES = 4
/** as many as that by hand: TSPARK_SIMULATION_TASKS=100000 npx vitest run --project unit test/unit/scheduler/manyTasks.test.ts */
const TASKS = Number(process.env.TSPARK_SIMULATION_TASKS ?? 10_000)

it(`hands ${TASKS} tasks out to ${WORKERS} workers while some of them die, and each gives one result`, () => {
  let now = 0
  let ended = false
  const running = new Map<number, string>()
  const results = new Set<number>()
  let twice = 0
  const scheduler = new Scheduler(
    {
      stage: () => {},
      launch: (executorId, tasks) => {
        for (const { taskId } of tasks) running.set(taskId, executorId)
      },
      kill: () => {},
      release: () => {},
      dropStage: () => {},
      accepted: () => {},
      discarded: () => {},
      barrierAnswer: () => {},
      waiting: () => {},
      dropRdd: () => {},
      replicate: () => {},
      result: (_job, position) => {
        if (results.has(position)) twice++
        results.add(position)
      },
      jobEnded: (_job, failure) => {
        ended = true
        expect(failure).toBeUndefined()
      },
      excluded: () => {},
      speculated: () => {},
      stageStarted: () => {},
      stageEnded: () => {},
      taskFailed: () => {},
    },
    { ...schedulerOptions, maxAttempts: 4, now: () => now },
  )
  const since = performance.now()
  const add = (id: string) => scheduler.executorAdded({ executorId: id, workerId: `worker of ${id}`, host: id, hostId: id, cores: CORES, memory: 1 })
  for (let id = 0; id < WORKERS; id++) add(String(id))
  scheduler.submit({
    jobId: 0,
    plan: plan(stage({ numPartitions: TASKS })),
    partitions: Array.from({ length: TASKS }, (_, index) => index),
    properties: {},
  })
  for (let round = 0; !ended; round++) {
    now += 1_000
    const lost = String((round * 617 + 300) % WORKERS)
    for (const [taskId, executorId] of running) {
      if (executorId === lost) continue
      running.delete(taskId)
      scheduler.taskEnded(taskId, executorId, success, { runTime: 1_000 })
      if (ended) break
      scheduler.schedule()
      if (running.size > WORKERS * CORES) throw new Error('more tasks than slots')
    }
    for (const [taskId, executorId] of running) if (executorId === lost) running.delete(taskId)
    scheduler.executorLost(lost, 'its worker died', false)
    add(`${lost} again ${round}`)
    scheduler.schedule()
    if (running.size === 0 && !ended) throw new Error('nothing runs any more')
  }
  const ms = performance.now() - since
  console.log(`${TASKS} tasks on ${WORKERS} workers: ${((ms / TASKS) * 1_000).toFixed(0)} µs of scheduling a task`)
  expect([results.size, twice]).toEqual([TASKS, 0])
}, 300_000)
