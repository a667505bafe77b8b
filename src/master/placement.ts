import type { ResourceRequest } from '../protocol/shapes.js'
import type { SchedulingMode } from './schedulingMode.js'
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

export interface PlacementInput<E extends PlacedExecutor = PlacedExecutor> {
  readonly workers: readonly PlacementWorker[]
  /** first come, first served */
  readonly apps: readonly PlacementApp[]
  /** all that is held now, also by applications that are not in `apps` any more */
  readonly executors: readonly E[]
  /** FIFO if absent */
  readonly scheduling?: SchedulingMode
}

export interface Placement {
  readonly grants: readonly PlacedExecutor[]
  /** per application what it waits for, '' when nothing is missing */
  readonly waiting: ReadonlyMap<string, string>
}

/** An application with so many executors waits for nothing. */
export function leastExecutors({ numExecutors, wantedExecutors }: ResourceRequest): number {
  return wantedExecutors === undefined ? (numExecutors ?? 1) : Math.min(1, wantedExecutors)
}

/** So many executors it may have at most. */
export function mostExecutors({ numExecutors, wantedExecutors }: ResourceRequest): number {
  return wantedExecutors ?? numExecutors ?? Number.POSITIVE_INFINITY
}

/** What is free on a worker while grants are being made. */
export interface FreeWorker extends PlacementWorker {
  freeCores: number
  freeMemory: number
}

/** Shares out the workers, pure and deterministic: first come first served, or in fair mode every application its share before anyone gets more. */
export function place(input: PlacementInput): Placement {
  const free = freeOf(input)
  const held = new Map<string, PlacedExecutor[]>(input.apps.map((app) => [app.appId, []]))
  for (const executor of input.executors) held.get(executor.appId)?.push(executor)
  const grants: PlacedExecutor[] = []
  const byId = new Map(free.map((worker) => [worker.workerId, worker]))
  const grant = (app: PlacementApp, mostCores: number) => {
    const own = held.get(app.appId) ?? []
    const totalExecutorCores = Math.min(app.request.totalExecutorCores ?? Infinity, mostCores)
    for (const executor of executorsFor({ ...app, request: { ...app.request, totalExecutorCores } }, own, free, input.scheduling)) {
      take(byId.get(executor.workerId), executor)
      own.push(executor)
      grants.push(executor)
    }
  }
  if (input.scheduling === 'fair') {
    const share = fairShare(input)
    for (const mostCores of [share, Infinity]) for (const app of poorestFirst(input.apps, held)) grant(app, mostCores)
  } else {
    for (const app of input.apps) grant(app, Infinity)
  }
  const all = [...input.executors, ...grants]
  const waiting = new Map(input.apps.map((app) => [app.appId, waitingReason(app, held.get(app.appId)?.length ?? 0, free, all, input.apps)]))
  return { grants, waiting }
}

/** What each worker has left. */
export function freeOf({ workers, executors }: PlacementInput): FreeWorker[] {
  const free = new Map<string, FreeWorker>()
  for (const { workerId, label, cores, memory } of workers) free.set(workerId, { workerId, label, cores, memory, freeCores: cores, freeMemory: memory })
  for (const executor of executors) take(free.get(executor.workerId), executor)
  return [...free.values()]
}

/** Cores that each application may have before another one gets more than that; at least one. */
export function fairShare({ workers, apps }: PlacementInput): number {
  const cores = workers.reduce((sum, worker) => sum + worker.cores, 0)
  return Math.max(1, Math.floor(cores / Math.max(1, apps.length)))
}

/** Who holds least comes first; of equals the later one, since what was taken back was taken for it. */
function poorestFirst(apps: readonly PlacementApp[], held: ReadonlyMap<string, readonly PlacedExecutor[]>): PlacementApp[] {
  const cores = new Map(apps.map(({ appId }) => [appId, sumCores(held.get(appId) ?? [])]))
  return [...apps].reverse().sort((a, b) => (cores.get(a.appId) ?? 0) - (cores.get(b.appId) ?? 0))
}

function executorsFor(app: PlacementApp, own: readonly PlacedExecutor[], free: readonly FreeWorker[], scheduling: SchedulingMode | undefined) {
  if (!free.some((worker) => worker.freeCores > 0)) return []
  return app.request.executorCores === undefined ? wholeWorkers(app, own, free, scheduling === 'fair') : fixedExecutors(app, own, free)
}

/** Memory of one executor of this application on this worker. */
export function executorMemoryOn(request: ResourceRequest, worker: PlacementWorker): number {
  return request.executorMemory ?? Math.min(DEFAULT_EXECUTOR_MEMORY, worker.memory)
}

/**
 * Without --executor-cores: one executor a worker with all cores that are free; a cap on cores is spread over the workers.
 * An application that `grows` gets another one where it has one already, when cores come free later.
 */
function wholeWorkers(app: PlacementApp, own: readonly PlacedExecutor[], free: readonly FreeWorker[], grows: boolean): PlacedExecutor[] {
  const { request, appId } = app
  let coresLeft = (request.totalExecutorCores ?? Infinity) - sumCores(own)
  if (coresLeft <= 0 || mostExecutors(request) <= own.length) return []
  const taken = new Set(grows ? [] : own.map((executor) => executor.workerId))
  const candidates = free
    .filter((worker) => !taken.has(worker.workerId) && worker.freeCores > 0 && worker.freeMemory >= executorMemoryOn(request, worker))
    .sort((a, b) => b.freeCores - a.freeCores)
    .slice(0, Math.max(0, mostExecutors(request) - own.length))
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
  let executorsLeft = mostExecutors(request) - own.length
  let coresLeft = (request.totalExecutorCores ?? Infinity) - sumCores(own)
  if (executorsLeft < 1 || coresLeft < cores) return []
  const fitting = free.filter((worker) => worker.freeCores >= cores && worker.freeMemory >= executorMemoryOn(request, worker))
  const room = fitting.map((worker) => ({
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

function take(worker: FreeWorker | undefined, executor: PlacedExecutor): void {
  if (!worker) return
  worker.freeCores -= executor.cores
  worker.freeMemory -= executor.memory
}

/** Cores of executors. */
export function sumCores(executors: readonly PlacedExecutor[]): number {
  return executors.reduce((sum, executor) => sum + executor.cores, 0)
}
