import { plural } from '../events/plural.js'
import type { ExecutorTaskEnd } from '../protocol/executorMessages.js'
import type { Settings } from '../protocol/settings.js'
import type { BlockHolder } from '../protocol/shapes.js'
import type { BarrierAnswer } from '../scheduler/barrierCoordinator.js'
import type { ReplicaCopy } from '../scheduler/cacheReplicas.js'
import type { Exclusion } from '../scheduler/failureExclusion.js'
import type { JobFailure, SchedulerPort, SpeculativeCopy, StageLaunch } from '../scheduler/schedulerPort.js'
import type { StageRun } from '../scheduler/stageRun.js'
import type { ApplicationParts } from './applicationParts.js'
import type { BlobCopies } from './blobCopies.js'
import type { CodecWarning } from './codecWarning.js'
import { compressionOf } from './compressionOf.js'
import type { RunningJobs } from './runningJobs.js'
import { stageCompleted, stageEnded, stageEvent } from './stageEvent.js'

export interface DriverPortParts extends ApplicationParts {
  readonly settings: Settings
  /** seconds a task may run; 0: any */
  readonly taskTimeout: number
  readonly maxFailures: number
  readonly jobs: RunningJobs
  readonly blobCopies: BlobCopies
  readonly codecWarning: CodecWarning
}

/** Carries out what the scheduler decides: messages to executors, results to jobs, events to those who watch. */
export class DriverPort implements SchedulerPort {
  readonly #parts: DriverPortParts

  constructor(parts: DriverPortParts) {
    this.#parts = parts
  }

  stage(executorId: string, { stageId, stageAttempt, plan, cpus, properties, shuffles, barrier }: StageLaunch): void {
    const { app, settings, taskTimeout } = this.#parts
    const compression = compressionOf(settings, app.workers)
    this.#parts.codecWarning.stage(executorId, app.workerOf(executorId)?.host, plan, compression)
    const named = new Set(shuffles.flatMap((shuffle) => shuffle.outputs.map((output) => output.workerId)))
    app.send(executorId, {
      type: 'stage',
      stageId,
      stageAttempt,
      program: plan.program as Uint8Array<ArrayBuffer>,
      blobs: [...plan.blobs],
      properties: { ...properties },
      numPartitions: plan.numPartitions,
      cpus,
      taskTimeout,
      barrier: barrier?.map((place) => this.#taskInfo(place)),
      compression,
      maxSizeInFlight: settings['spark.reducer.maxSizeInFlight'],
      shuffles: shuffles.map(({ shuffleId, numMaps, outputs }) => ({ shuffleId, numMaps, outputs })),
      workers: app.workers.filter((worker) => named.has(worker.workerId)),
    })
  }
  launch(executorId: string, tasks: Parameters<SchedulerPort['launch']>[1]): void {
    for (const { taskId, stageId, partition, attempt } of tasks) {
      this.#parts.places.started(taskId, { stageId, partition })
      this.#parts.listeners.post('onTaskStart', () => ({ taskId, stageId, partition, attempt, executorId }))
    }
    const named = new Set(tasks.flatMap(({ cached }) => cached?.flatMap(({ holders }) => holders) ?? []))
    this.#parts.app.send(executorId, { type: 'run', tasks: [...tasks], ...(named.size === 0 ? {} : { holders: this.#holdersOf([...named]) }) })
  }
  kill(executorId: string, taskIds: readonly number[], reason: string): void {
    this.#parts.app.send(executorId, { type: 'kill', taskIds: [...taskIds], reason })
  }
  release(executorId: string, { held, elsewhere }: { held: number; elsewhere: number }): void {
    if (held > 0)
      this.#parts.emit({
        type: 'log',
        level: 'info',
        text: `executor ${executorId} is let go: it has ${plural(held, 'cached partition')}, others have ${elsewhere} of them`,
      })
    this.#parts.app.killExecutor(executorId, 'it is not used any more')
  }
  dropStage(executorId: string, stageId: number): void {
    this.#parts.app.send(executorId, { type: 'dropStage', stageId })
  }
  replicate({ rddId, partition, level, from, to }: ReplicaCopy): void {
    const [holder] = this.#holdersOf([from])
    const { useDisk, useMemory, deserialized, replication } = level
    if (holder) this.#parts.app.send(to, { type: 'replicate', rddId, partition, level: { useDisk, useMemory, deserialized, replication }, from: holder })
  }
  dropRdd(rddId: number, executorIds: readonly string[]): void {
    this.#parts.storage.dropRdd(rddId)
    this.#parts.listeners.post('onUnpersistRDD', () => ({ rddId }))
    this.#parts.copies.changed()
    for (const executorId of executorIds) this.#parts.app.send(executorId, { type: 'dropRdd', rddId })
  }
  barrierAnswer(executorId: string, taskIds: readonly number[], answer: BarrierAnswer): void {
    const { messages, error } = 'error' in answer ? { messages: [], error: answer.error } : { ...answer, error: undefined }
    this.#parts.app.send(executorId, { type: 'barrierAnswer', taskIds: [...taskIds], messages: [...messages], error })
  }

  result(jobId: number, position: number, end: Extract<ExecutorTaskEnd, { kind: 'Success' }>): void {
    this.#parts.jobs.result(jobId, position, end)
  }
  accepted(taskIds: readonly number[]): void {
    this.#parts.accumulators.accept(taskIds)
  }
  discarded(taskIds: readonly number[]): void {
    this.#parts.accumulators.discard(taskIds)
  }
  jobEnded(jobId: number, failure: JobFailure | undefined, stageIds: readonly number[]): void {
    this.#parts.jobs.ended(jobId, failure, stageIds, this.#parts.copies.settled())
  }

  waiting(_: StageRun, reason: string): void {
    this.#parts.emit({ type: 'app.waiting', reason })
  }
  excluded({ ms, ...exclusion }: Exclusion): void {
    this.#parts.emit({ type: 'executor.excluded', ...exclusion, ...(ms === undefined ? {} : { seconds: ms / 1000 }) })
  }
  speculated(stage: StageRun, { ms, ...copy }: SpeculativeCopy): void {
    this.#parts.emit({ type: 'task.speculated', stageId: stage.stageId, stageName: stage.plan.name, ...copy, seconds: ms / 1000 })
  }
  stageStarted(stage: StageRun): void {
    this.#parts.listeners.post('onStageSubmitted', () => stageEvent(stage))
    this.#parts.emit({ type: 'stage.started', stageId: stage.stageId, stageAttempt: stage.attempt, name: stage.plan.name, tasks: stage.total })
  }
  stageEnded(stage: StageRun, ok: boolean): void {
    const event = stageEnded(stage, ok)
    this.#parts.listeners.post('onStageCompleted', () => stageCompleted(stage, event))
    this.#parts.emit(event)
    this.#parts.blobCopies.stageEnded()
  }
  taskFailed(stage: StageRun, task: { partition: number; attempt: number; executorId: string }, message: string, willRetry: boolean): void {
    const { emit, maxFailures } = this.#parts
    emit({ type: 'task.failed', stageId: stage.stageId, stageName: stage.plan.name, ...task, maxAttempts: maxFailures, message, willRetry })
  }

  #taskInfo(executorId: string): { executorId: string; host: string; address: string } {
    const worker = this.#parts.app.workerOf(executorId)
    return { executorId, host: worker?.host ?? '', address: worker ? `${worker.host}:${worker.port}` : '' }
  }

  #holdersOf(executorIds: readonly string[]): BlockHolder[] {
    return executorIds.flatMap((executorId) => {
      const worker = this.#parts.app.workerOf(executorId)
      return worker ? [{ executorId, host: worker.host, port: worker.port }] : []
    })
  }
}
