import { encodeMessage } from '../protocol/codec.js'
import type { Connection } from '../protocol/connection.js'
import type { MasterToDriver, MasterToWorker } from '../protocol/masterMessages.js'
import type { ResourceRequest, WorkerInfo } from '../protocol/shapes.js'

/** A worker the master knows; without a connection it has a moment to come back. */
export interface WorkerRecord {
  info: WorkerInfo
  connection?: Connection
  /** takes no more executors */
  draining?: boolean
  lastHeard: number
  grace?: NodeJS.Timeout
}

/** An application the master knows; without a connection its driver has a moment to come back. */
export interface AppRecord {
  readonly appId: string
  readonly name: string
  readonly secret: Uint8Array<ArrayBuffer>
  request: ResourceRequest
  nextExecutor: number
  connection?: Connection
  grace?: NodeJS.Timeout
  /** those that may have files of it; absent: any may, this master has not seen all of its life */
  workers?: Set<string>
  /** what the driver was told last about waiting */
  waiting: string
  tasksFinished: number
  /** executors that died one after the other without a finished task between them */
  fruitlessDeaths: number
}

/** An executor that holds cores and memory, from the moment it is asked for. */
export interface ExecutorRecord {
  readonly appId: string
  readonly executorId: string
  readonly workerId: string
  readonly cores: number
  readonly memory: number
  /** its worker has confirmed it, so the driver knows it */
  started: boolean
  /** it was told to end, to make room for another application */
  reclaimed?: boolean
}

/** An application as it is when its driver registers. */
export function appRecord(appId: string, name: string, secret: Uint8Array<ArrayBuffer>, request: AppRecord['request'], nextExecutor: number): AppRecord {
  return { appId, name, secret, request, nextExecutor, waiting: '', tasksFinished: 0, fruitlessDeaths: 0 }
}

/** Names an executor among those of all applications. */
export function keyOf(appId: string, executorId: string): string {
  return `${appId}/${executorId}`
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** A number for the next executor of an application the master has forgotten: above all that it may have had. */
export function executorIdAfter(executors: Iterable<ExecutorRecord>, appId: string): number {
  const own = [...executors].filter((executor) => executor.appId === appId).map((executor) => Number(executor.executorId))
  // Executors that died before the master forgot the application had numbers too.
  return Math.max(0, ...own.filter(Number.isInteger)) + 1_000
}

/** Whether a worker that registers is the one that is known by its name: it came back from the same place. */
export function sameWorker(known: WorkerInfo, info: WorkerInfo): boolean {
  return known.host === info.host && known.port === info.port && known.hostId === info.hostId && known.scratchDirs.join() === info.scratchDirs.join()
}

/** Sends if the worker is there; what it misses it learns when it registers again. */
export function tellWorker(worker: WorkerRecord, message: MasterToWorker): void {
  worker.connection?.send(encodeMessage(message))
}

/** Sends if the driver is there. */
export function tellDriver(app: AppRecord, message: MasterToDriver): void {
  app.connection?.send(encodeMessage(message))
}
