import type { ResourceRequest } from '../protocol/shapes.js'
import { waitingReason } from './waitingReason.js'

const DEFAULT_EXECUTOR_MEMORY = 1024 * 1024 * 1024

/** A worker as placement sees it. */
export interface PlacementWorker {
  readonly workerId: string
  /** how a message names it */
  readonly label: string
  readonly cores: number
  readonly memory: number
}

/** An executor that holds cores and memory of a worker. */
export interface PlacedExecutor {
  readonly appId: string
  readonly workerId: string
  readonly cores: number
  readonly memory: number
}

export interface PlacementApp {
  readonly appId: string
  readonly name: string
  readonly request: ResourceRequest
}

export interface PlacementInput {
  readonly workers: readonly PlacementWorker[]
  /** first come, first served */
  readonly apps: readonly PlacementApp[]
  /** all that is held now, also by applications that are not in `apps` any more */
  readonly executors: readonly PlacedExecutor[]
}

export interface Placement {
  readonly grants: readonly PlacedExecutor[]
  /** per application what it waits for, '' when nothing is missing */
  readonly waiting: ReadonlyMap<string, string>
}

/** What is free on a worker while grants are being made. */
export interface FreeWorker extends PlacementWorker {
  freeCores: number
  freeMemory: number
}

/** Shares out the workers: pure, deterministic, an earlier application always before a later one. */
export function place(input: PlacementInput): Placement {
  const free = input.workers.map((worker): FreeWorker => ({ ...worker, freeCores: worker.cores, freeMemory: worker.memory }))
  const held = [...input.executors]
  for (const executor of held) take(free, executor)
  const grants: PlacedExecutor[] = []
  const waiting = new Map<string, string>()
  for (const app of input.apps) {
    const own = held.filter((executor) => executor.appId === app.appId)
    const made = app.request.executorCores === undefined ? wholeWorkers(app, own, free) : fixedExecutors(app, own, free)
    for (const grant of made) {
      take(free, grant)
      held.push(grant)
      grants.push(grant)
    }
    waiting.set(app.appId, waitingReason(app, own.length + made.length, free, held, input.apps))
  }
  return { grants, waiting }
}

/** Memory of one executor of this application on this worker. */
export function executorMemoryOn(request: ResourceRequest, worker: PlacementWorker): number {
  return request.executorMemory ?? Math.min(DEFAULT_EXECUTOR_MEMORY, worker.memory)
}

/** Without --executor-cores: one executor a worker with all cores that are free; a cap on cores is spread over the workers. */
function wholeWorkers(app: PlacementApp, own: readonly PlacedExecutor[], free: readonly FreeWorker[]): PlacedExecutor[] {
  const { request, appId } = app
  let coresLeft = (request.totalExecutorCores ?? Infinity) - sumCores(own)
  const taken = new Set(own.map((executor) => executor.workerId))
  const candidates = free
    .filter((worker) => !taken.has(worker.workerId) && worker.freeCores > 0 && worker.freeMemory >= executorMemoryOn(request, worker))
    .sort((a, b) => b.freeCores - a.freeCores)
    .slice(0, Math.max(0, (request.numExecutors ?? Infinity) - own.length))
  const cores = candidates.map(() => 0)
  for (let progress = true; progress && coresLeft > 0; ) {
    progress = false
    for (const [i, worker] of candidates.entries()) {
      if (coresLeft <= 0 || (cores[i] ?? 0) >= worker.freeCores) continue
      cores[i] = (cores[i] ?? 0) + 1
      coresLeft--
      progress = true
    }
  }
  return candidates.flatMap((worker, i) => {
    const granted = cores[i] ?? 0
    return granted === 0 ? [] : [{ appId, workerId: worker.workerId, cores: granted, memory: executorMemoryOn(request, worker) }]
  })
}

/** With --executor-cores: whole executors of that size, dealt round the workers, as many as fit. */
function fixedExecutors(app: PlacementApp, own: readonly PlacedExecutor[], free: readonly FreeWorker[]): PlacedExecutor[] {
  const { request, appId } = app
  const cores = request.executorCores ?? 1
  let executorsLeft = (request.numExecutors ?? Infinity) - own.length
  let coresLeft = (request.totalExecutorCores ?? Infinity) - sumCores(own)
  const room = free.map((worker) => ({
    workerId: worker.workerId,
    cores: worker.freeCores,
    memory: worker.freeMemory,
    each: executorMemoryOn(request, worker),
  }))
  room.sort((a, b) => b.cores - a.cores)
  const grants: PlacedExecutor[] = []
  for (let progress = true; progress; ) {
    progress = false
    for (const worker of room) {
      if (executorsLeft < 1 || coresLeft < cores || worker.cores < cores || worker.memory < worker.each) continue
      worker.cores -= cores
      worker.memory -= worker.each
      executorsLeft--
      coresLeft -= cores
      grants.push({ appId, workerId: worker.workerId, cores, memory: worker.each })
      progress = true
    }
  }
  return grants
}

function take(free: readonly FreeWorker[], executor: PlacedExecutor): void {
  const worker = free.find((candidate) => candidate.workerId === executor.workerId)
  if (!worker) return
  worker.freeCores -= executor.cores
  worker.freeMemory -= executor.memory
}

function sumCores(executors: readonly PlacedExecutor[]): number {
  return executors.reduce((sum, executor) => sum + executor.cores, 0)
}
