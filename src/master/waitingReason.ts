import { plural } from '../events/plural.js'
import { executorMemoryOn, type FreeWorker, leastExecutors, type PlacedExecutor, type PlacementApp } from './placement.js'

/** Tells in one line why an application has fewer executors than it needs; '' when it has what it needs. */
export function waitingReason(
  app: PlacementApp,
  have: number,
  workers: readonly FreeWorker[],
  held: readonly PlacedExecutor[],
  apps: readonly PlacementApp[],
): string {
  const { totalExecutorCores } = app.request
  const wanted = leastExecutors(app.request)
  if (have >= wanted) return ''
  const cause = constraint(app, have, workers, held, apps, totalExecutorCores)
  return wanted === 1 ? cause : `${have} of ${wanted} executors; ${cause}`
}

function constraint(
  app: PlacementApp,
  have: number,
  workers: readonly FreeWorker[],
  held: readonly PlacedExecutor[],
  apps: readonly PlacementApp[],
  totalCores: number | undefined,
): string {
  if (workers.length === 0) return 'waiting for workers: none is registered with the master'
  const cores = app.request.executorCores ?? 1
  if (totalCores !== undefined && totalCores < cores * (have + 1)) {
    return `waiting for cores: --total-executor-cores ${totalCores} does not allow for executor number ${have + 1} of ${plural(cores, 'core')}`
  }
  const mostCores = largest(workers, (worker) => worker.cores)
  if (mostCores.cores < cores) {
    return `waiting for a worker with ${plural(cores, 'core')} (--executor-cores): the largest, ${mostCores.label}, has ${mostCores.cores}`
  }
  const mostMemory = largest(workers, (worker) => worker.memory)
  const memory = executorMemoryOn(app.request, mostMemory)
  if (mostMemory.memory < memory) {
    return `waiting for a worker with ${mib(memory)} of memory (--executor-memory): the largest, ${mostMemory.label}, has ${mib(mostMemory.memory)}`
  }
  const fitting = workers.filter((worker) => worker.cores >= cores && worker.memory >= executorMemoryOn(app.request, worker))
  if (fitting.length === 0) {
    return `waiting for a worker with ${plural(cores, 'core')} and ${mib(memory)} of memory: none has both, ${mostCores.label} has ${plural(mostCores.cores, 'core')} and ${mib(mostCores.memory)}`
  }
  const owners = holders(app, fitting, held, apps)
  const behind = owners === '' ? '' : `, behind ${owners}`
  if (app.request.executorCores === undefined && fitting.every((worker) => held.some((e) => e.appId === app.appId && e.workerId === worker.workerId))) {
    return `waiting for more workers: each of the ${fitting.length} has an executor of this application already (--executor-cores gives several a worker)`
  }
  const freeCores = largest(fitting, (worker) => worker.freeCores)
  if (freeCores.freeCores < cores) {
    return `waiting for ${plural(cores, 'free core')}: ${freeCores.label} has ${freeCores.freeCores} of ${freeCores.cores} free${behind}`
  }
  const freeMemory = largest(fitting, (worker) => worker.freeMemory)
  return `waiting for ${mib(memory)} of free memory: ${freeMemory.label} has ${mib(freeMemory.freeMemory)} of ${mib(freeMemory.memory)} free${behind}`
}

/** Names the applications that hold something of these workers, the largest holder first. */
function holders(app: PlacementApp, workers: readonly FreeWorker[], held: readonly PlacedExecutor[], apps: readonly PlacementApp[]): string {
  const ids = new Set(workers.map((worker) => worker.workerId))
  const cores = new Map<string, number>()
  for (const executor of held) {
    if (ids.has(executor.workerId)) cores.set(executor.appId, (cores.get(executor.appId) ?? 0) + executor.cores)
  }
  const names = [...cores]
    .sort((a, b) => b[1] - a[1])
    .map(([appId, count]) => {
      const what = plural(count, 'core')
      if (appId === app.appId) return `this application's own executors (${what})`
      const other = apps.find((candidate) => candidate.appId === appId)
      return other ? `'${other.name}' (${appId}, ${what})` : `${appId} (${what})`
    })
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}

function largest(workers: readonly FreeWorker[], size: (worker: FreeWorker) => number): FreeWorker {
  return workers.reduce((best, worker) => (size(worker) > size(best) ? worker : best))
}

function mib(size: number): string {
  return `${Math.floor(size / (1024 * 1024))} MiB`
}
