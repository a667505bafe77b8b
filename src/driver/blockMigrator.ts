import { plural } from '../events/plural.js'
import type { WorkerInfo } from '../protocol/shapes.js'
import type { DriverToWorker, MapOutputId } from '../protocol/workerMessages.js'
import type { MapOutputTracker } from '../scheduler/mapOutputTracker.js'

/** A worker that is to stop waits so long for another one that could take its outputs. */
const WAIT_FOR_TARGET_MS = 1_500

export interface BlockMigratorActions {
  /** those that serve files of this application */
  workers(): readonly WorkerInfo[]
  hasExecutors(workerId: string): boolean
  send(workerId: string, message: DriverToWorker): void
  log(text: string): void
}

interface Leaving {
  /** outputs somebody was asked to take, by their names */
  readonly asked: Set<string>
  /** names, and who was asked */
  readonly open: Map<string, string>
  moved: number
  failed: number
  released: boolean
  patience?: NodeJS.Timeout
  lonely: boolean
}

/** Has the map outputs of workers that are about to stop copied to others, and lets these workers go when that is done. */
export class BlockMigrator {
  readonly #outputs: MapOutputTracker
  readonly #actions: BlockMigratorActions
  readonly #leaving = new Map<string, Leaving>()

  constructor(outputs: MapOutputTracker, actions: BlockMigratorActions) {
    this.#outputs = outputs
    this.#actions = actions
  }

  /** A worker is about to stop. */
  draining(workerId: string): void {
    if (this.#leaving.has(workerId)) return
    this.#leaving.set(workerId, { asked: new Set(), open: new Map(), moved: 0, failed: 0, released: false, lonely: false })
    this.advance()
  }

  /** Outputs, executors or workers have come or gone. */
  advance(): void {
    for (const [workerId, leaving] of this.#leaving) if (!leaving.released) this.#advance(workerId, leaving)
  }

  /** A worker has taken an output over, or could not. */
  copied(targetId: string, from: string, output: MapOutputId, error: string | undefined): void {
    const leaving = this.#leaving.get(from)
    if (!leaving?.open.delete(nameOf(output))) return
    if (error === undefined && this.#outputs.moved(output, from, targetId)) leaving.moved++
    else leaving.failed++
    this.advance()
  }

  workerLost(workerId: string): void {
    const leaving = this.#leaving.get(workerId)
    clearTimeout(leaving?.patience)
    this.#leaving.delete(workerId)
    for (const other of this.#leaving.values()) for (const [name, target] of other.open) if (target === workerId) other.open.delete(name)
    this.advance()
  }

  close(): void {
    for (const { patience } of this.#leaving.values()) clearTimeout(patience)
  }

  #advance(workerId: string, leaving: Leaving): void {
    const workers = this.#actions.workers()
    const from = workers.find((worker) => worker.workerId === workerId)
    const left = this.#outputs.on(workerId).filter((output) => !leaving.asked.has(nameOf(output)))
    const targets = workers.filter((worker) => !this.#leaving.has(worker.workerId))
    if (from && targets.length > 0 && left.length > 0) return this.#ask(from, targets, left, leaving)
    if (leaving.open.size > 0 || this.#isTarget(workerId) || this.#actions.hasExecutors(workerId)) return
    if (left.length > 0 && !leaving.lonely) {
      leaving.patience ??= setTimeout(() => {
        leaving.lonely = true
        this.advance()
      }, WAIT_FOR_TARGET_MS)
      return
    }
    leaving.released = true
    const lost = leaving.failed + left.length
    if (leaving.moved + lost > 0) {
      this.#actions.log(`worker ${workerId}: ${plural(leaving.moved, 'map output')} moved to others, ${lost} could not be`)
    }
    this.#actions.send(workerId, { type: 'drained' })
  }

  /** Somebody else's outputs are on their way to it. */
  #isTarget(workerId: string): boolean {
    return [...this.#leaving.values()].some(({ open }) => [...open.values()].includes(workerId))
  }

  #ask(from: WorkerInfo, targets: readonly WorkerInfo[], outputs: readonly MapOutputId[], leaving: Leaving): void {
    const shares = new Map<string, MapOutputId[]>()
    for (const [i, output] of outputs.entries()) {
      const target = targets[i % targets.length]!.workerId
      leaving.asked.add(nameOf(output))
      leaving.open.set(nameOf(output), target)
      const share = shares.get(target)
      if (share) share.push(output)
      else shares.set(target, [output])
    }
    const { workerId, host, port } = from
    for (const [target, share] of shares) this.#actions.send(target, { type: 'copyMapOutputs', from: { workerId, host, port }, outputs: share })
  }
}

function nameOf({ shuffleId, mapIndex, attemptId }: MapOutputId): string {
  return `${shuffleId}/${mapIndex}-${attemptId}`
}
