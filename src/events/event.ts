import type { ExitCause } from '../protocol/shapes.js'

/** Fields every event has once it is written out: version of the format, kind, time. */
export interface EventHead {
  v: 1
  ts: string
}

export interface StageProgress {
  stageId: number
  stageAttempt: number
  name: string
  total: number
  done: number
  running: number
  failed: number
  shuffleBytes: number
}

/** Everything that happens in a run, as data; the terminal, `--json` and the tests read the same stream. */
export type TsparkEvent =
  | { type: 'app.started'; appId: string; name: string; master: string }
  | { type: 'app.waiting'; reason: string }
  | { type: 'executor.added'; executorId: string; workerId: string; host: string; cores: number; memory: number }
  /** `planned`: main, the driver or whoever stopped its worker wanted it to go */
  | { type: 'executor.removed'; executorId: string; cause: ExitCause; planned: boolean }
  /** failures keep tasks away from an executor, or without one from a host; from those of a stage, or without one from all for so long */
  | { type: 'executor.excluded'; executorId?: string; host: string; stageId?: number; seconds?: number }
  | { type: 'action.started'; actionId: number; name: string; site: string; stages: number }
  | { type: 'action.ended'; actionId: number; ok: boolean; seconds: number }
  | { type: 'stage.started'; stageId: number; stageAttempt: number; name: string; tasks: number }
  | { type: 'stage.progress'; stages: StageProgress[] }
  | {
      type: 'stage.ended'
      stageId: number
      stageAttempt: number
      name: string
      tasks: number
      failed: number
      /** second attempts beside slow ones */
      speculated: number
      seconds: number
      shuffleReadBytes: number
      shuffleWriteBytes: number
      spilledBytes: number
      /** a partition that is much larger than the others, and its largest keys */
      skew?: { partition: number; records: number; median: number; keys: readonly { key: string; records: number }[] }
      ok: boolean
    }
  | {
      type: 'task.failed'
      stageId: number
      stageName: string
      partition: number
      attempt: number
      maxAttempts: number
      executorId: string
      message: string
      willRetry: boolean
    }
  /** a second attempt beside one that is slow; `seconds` is how long that one has run */
  | { type: 'task.speculated'; stageId: number; stageName: string; partition: number; slowOn: string; executorId: string; seconds: number }
  | { type: 'task.output'; stream: 'stdout' | 'stderr'; executorId: string; stageId?: number; partition?: number; text: string }
  | { type: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; text: string }
  | { type: 'stdout'; line: string }
  | { type: 'stderr'; line: string }
  | { type: 'build.finished'; seconds: number; cached: boolean; bytes: number }
  | { type: 'job.finished'; exitCode: number; seconds: number; error?: { code: string; name: string; message: string } }
