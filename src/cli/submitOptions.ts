import type { Conf } from '../protocol/settings.js'

/** The options of `tspark submit` as the command line gives them, each checked: sizes in bytes, durations in milliseconds. */
export interface SubmitOptions {
  master: string
  name?: string
  executorCores?: number
  executorMemory?: number
  numExecutors?: number
  totalExecutorCores?: number
  conf?: Conf
  files?: string[]
  archives?: string[]
  localDirs?: string[]
  tokenFile?: string
  timeout?: number
  queueTimeout?: number
  taskTimeout?: number
  json?: boolean
  quiet?: boolean
  verbose?: boolean
  debug?: boolean
  color?: boolean
}
