import {
  executorMemoryOn,
  type FreeWorker,
  fairShare,
  freeOf,
  mostExecutors,
  type PlacedExecutor,
  type PlacementApp,
  type PlacementInput,
  sumCores,
} from './placement.js'

/**
 * Fair mode: the executors of one worker that should end so that an application without any gets one; they are taken from
 * those above their share. Never the last executor of a fixed size: two applications would take it from each other for ever.
 */
export function executorsToReclaim<E extends PlacedExecutor>(input: PlacementInput<E>): readonly E[] {
  const share = fairShare(input)
  const held = new Map<string, E[]>(input.apps.map((app) => [app.appId, []]))
  for (const executor of input.executors) held.get(executor.appId)?.push(executor)
  const starving = input.apps.filter((app) => held.get(app.appId)?.length === 0 && canHave(app, share))
  if (starving.length === 0) return []
  const spare = input.apps.flatMap((app) => surplus(app, held.get(app.appId) ?? [], share))
  for (const worker of freeOf(input)) {
    const here = spare.filter((executor) => executor.workerId === worker.workerId)
    for (const { request } of starving) {
      const enough = makeRoom(worker, here, request.executorCores ?? 1, executorMemoryOn(request, worker))
      if (enough) return enough
    }
  }
  return []
}

/** What an application can lose before it has its share or less. */
function surplus<E extends PlacedExecutor>({ request }: PlacementApp, executors: readonly E[], share: number): E[] {
  let cores = sumCores(executors)
  const lost: E[] = []
  for (const executor of executors) {
    if (cores <= share || (request.executorCores !== undefined && lost.length === executors.length - 1)) break
    lost.push(executor)
    cores -= executor.cores
  }
  return lost
}

function makeRoom<E extends PlacedExecutor>(worker: FreeWorker, executors: readonly E[], cores: number, memory: number): E[] | undefined {
  let { freeCores, freeMemory } = worker
  const taken: E[] = []
  for (const executor of executors) {
    if (freeCores >= cores && freeMemory >= memory) break
    freeCores += executor.cores
    freeMemory += executor.memory
    taken.push(executor)
  }
  return taken.length > 0 && freeCores >= cores && freeMemory >= memory ? taken : undefined
}

function canHave({ request }: PlacementApp, share: number): boolean {
  const cores = request.executorCores ?? 1
  return cores <= share && cores <= (request.totalExecutorCores ?? Infinity) && mostExecutors(request) > 0
}
