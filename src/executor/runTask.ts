import { writeFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { decodeValue } from '../closure/decodeValue.js'
import { encodeValue } from '../closure/encodeValue.js'
import { TsparkError } from '../events/tsparkError.js'
import { wireErrorOf } from '../events/wireErrorOf.js'
import type { CompiledStage } from '../plan/compile/compileStage.js'
import { CommitDenied } from '../plan/compile/runTerminal.js'
import type { TaskOutput } from '../plan/compile/taskOutput.js'
import type { ExecutorTaskEnd, TaskLaunch, TaskMetrics } from '../protocol/executorMessages.js'
import { encodeUpdate } from '../rdd/accumulatorCodec.js'
import { BarrierTaskContext } from '../rdd/barrierTaskContext.js'
import { TaskContext, type TaskFacts } from '../rdd/taskContext.js'
import { decodeRecords } from '../shuffle/decodeRecords.js'
import { encodeRecords } from '../shuffle/encodeRecords.js'
import { FetchFailedError } from '../shuffle/fetchFailedError.js'
import { DiskError, diskError } from '../storage/diskError.js'
import { KilledError } from './killedError.js'
import { SlotHost } from './slotHost.js'
import type { SlotStage, SlotTaskEnd } from './slotMessages.js'
import type { SlotState } from './slotState.js'

/** Results up to this size ride in the message; larger ones become files that the driver fetches. */
const INLINE_RESULT = 1 << 20
/** What the machine, not the user's code, has done wrong. */
const MACHINE = new Set(['TSPARK_DISK', 'TSPARK_CHECKSUM', 'TSPARK_PACKAGE_MISSING'])

/** Runs one task to its end, which is data whatever happened. */
export function runTask(task: TaskLaunch, stage: SlotStage, compiled: CompiledStage, state: SlotState): SlotTaskEnd | Promise<SlotTaskEnd> {
  const started = performance.now()
  const host = new SlotHost(task, stage, state)
  const facts: TaskFacts = {
    stageId: task.stageId,
    stageAttempt: task.stageAttempt,
    partition: task.partition,
    numPartitions: stage.numPartitions,
    cpus: stage.cpus,
    attempt: task.attempt,
    taskId: task.taskId,
    properties: stage.properties,
    metrics: host.metrics,
    isKilled: () => host.isKilled(),
  }
  const { barrier } = stage
  const context = barrier
    ? new BarrierTaskContext(facts, { tasks: barrier, sync: (epoch, call, message) => state.requests.barrier(task.taskId, epoch, call, message) })
    : new TaskContext(facts)
  state.broadcasts.begin()
  TaskContext.enter(context)
  const finish = (output: TaskOutput): SlotTaskEnd => {
    try {
      context.completed()
      return ended(success(output, task, state), true)
    } catch (error) {
      return fail(error)
    }
  }
  const fail = (error: unknown): SlotTaskEnd => {
    let told = diskError(error, (error as NodeJS.ErrnoException | undefined)?.path ?? '')
    try {
      context.failed(error)
      context.completed()
    } catch (again) {
      told = again
    }
    const disk = told instanceof DiskError ? state.dirs.failPath(told.path) : undefined
    if (disk !== undefined) state.post({ type: 'diskFailed', disk })
    return ended(endOf(told), false)
  }
  const ended = (end: ExecutorTaskEnd, ok: boolean): SlotTaskEnd => {
    TaskContext.enter(undefined)
    host.close()
    const accumulators = ok ? state.broadcasts.touched.map(([id, accumulator]) => ({ id, update: encodeUpdate(accumulator) })) : []
    return { taskId: task.taskId, end, metrics: metricsOf(host, performance.now() - started), accumulators, cached: host.cached, hotKeys: host.hotKeys.top() }
  }
  try {
    const output = compiled.run(task.partition, task.input, { host, encodeValue, decodeValue, encodeRecords, decodeRecords })
    return output instanceof Promise ? output.then(finish, fail) : finish(output)
  } catch (error) {
    return fail(error)
  }
}

function success(output: TaskOutput, task: TaskLaunch, state: SlotState): ExecutorTaskEnd {
  if (output.kind === 'map') return { kind: 'Success', mapOutput: output.output as never }
  const { bytes } = output
  if (bytes.byteLength <= INLINE_RESULT) return { kind: 'Success', result: bytes as Uint8Array<ArrayBuffer> }
  const name = `${task.taskId}-${crc32(bytes).toString(16)}`
  const path = state.dirs.place('results', name)
  try {
    writeFileSync(path, bytes)
  } catch (error) {
    throw diskError(error, path)
  }
  return { kind: 'Success', resultBlock: { name, size: bytes.byteLength } }
}

function endOf(error: unknown): ExecutorTaskEnd {
  if (error instanceof KilledError) return { kind: 'Killed', reason: error.message }
  if (error instanceof CommitDenied) return { kind: 'CommitDenied' }
  if (error instanceof FetchFailedError) {
    const { shuffleId, mapIndex, attemptId, workerId, message } = error
    return { kind: 'FetchFailed', shuffleId, mapIndex, attemptId, workerId, message }
  }
  if (TsparkError.is(error) && MACHINE.has(error.code))
    return { kind: 'EngineError', error: wireErrorOf(error), retry: error.code !== 'TSPARK_PACKAGE_MISSING' }
  return { kind: 'UserError', error: wireErrorOf(error) }
}

/** Only what is not 0: most tasks do little, and there are many. */
function metricsOf(host: SlotHost, runTime: number): TaskMetrics {
  const metrics: Record<string, number> = { runTime: Math.round(runTime * 1000) / 1000 }
  for (const [name, value] of Object.entries(host.metrics)) if (value > 0) metrics[name] = value
  return metrics
}
