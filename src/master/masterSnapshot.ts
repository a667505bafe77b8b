import { type AppRecord, type ExecutorRecord, hex, type WorkerRecord } from './masterRecords.js'
import type { MasterState } from './masterState.js'

/** What a master writes down of what it knows. */
export function masterSnapshot(
  masterId: string,
  nextApp: number,
  apps: ReadonlyMap<string, AppRecord>,
  workers: ReadonlyMap<string, WorkerRecord>,
  executors: ReadonlyMap<string, ExecutorRecord>,
): MasterState {
  return {
    version: 1,
    masterId,
    nextApp,
    apps: [...apps.values()].map(({ appId, name, secret, request, nextExecutor }) => ({ appId, name, secret: hex(secret), request, nextExecutor })),
    workers: [...workers.values()].map((worker) => worker.info),
    executors: [...executors.values()].map(({ appId, executorId, workerId, cores, memory }) => ({ appId, executorId, workerId, cores, memory })),
  }
}
