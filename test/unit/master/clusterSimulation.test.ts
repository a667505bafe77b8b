import { describe, expect, it } from 'vitest'
import { type PlacedExecutor, type PlacementApp, type PlacementWorker, place } from '../../../src/master/placement.js'
import { executorsToReclaim } from '../../../src/master/reclaim.js'
import type { SchedulingMode } from '../../../src/master/schedulingMode.js'

const WORKERS = 1_000
/** more of them by hand: TSPARK_SIMULATION_APPS=100000 npx vitest run --project unit test/unit/master/clusterSimulation.test.ts */
const APPS = Number(process.env.TSPARK_SIMULATION_APPS ?? 200)
const GIB = 2 ** 30

interface Event {
  at: number
  kind: 'comes' | 'ends' | 'workerDies' | 'workerReturns'
  id: number
}

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Applications come and go, workers die and return, on a clock of its own. */
class Simulation {
  readonly #random: () => number
  readonly #scheduling: SchedulingMode
  readonly #workers = new Map<number, PlacementWorker>()
  readonly #apps = new Map<number, PlacementApp>()
  readonly #events: Event[] = []
  readonly #started = new Set<number>()
  #executors: PlacedExecutor[] = []
  placements = 0
  finished = 0

  constructor(seed: number, scheduling: SchedulingMode) {
    this.#random = random(seed)
    this.#scheduling = scheduling
    for (let id = 0; id < WORKERS; id++) this.#workers.set(id, this.#worker(id))
    this.#push({ at: 0, kind: 'comes', id: 0 })
    this.#push({ at: 5, kind: 'workerDies', id: 0 })
  }

  run(): void {
    while (this.finished < APPS) {
      const event = this.#events.shift()
      if (!event) throw new Error(`nothing happens any more; ${this.#apps.size} applications wait`)
      this.#happen(event)
      this.#place(event.at)
      if (this.placements % 50 === 0) this.#check()
    }
  }

  #happen({ at, kind, id }: Event): void {
    if (kind === 'comes') {
      this.#apps.set(id, { appId: String(id), name: `app ${id}`, request: this.#request() })
      if (id + 1 < APPS) this.#push({ at: at + this.#random() * 2, kind: 'comes', id: id + 1 })
    } else if (kind === 'ends') {
      this.#apps.delete(id)
      this.finished++
      this.#executors = this.#executors.filter(({ appId }) => appId !== String(id))
    } else if (kind === 'workerDies') {
      this.#workers.delete(id)
      this.#executors = this.#executors.filter(({ workerId }) => workerId !== String(id))
      this.#push({ at: at + 20, kind: 'workerReturns', id })
      this.#push({ at: at + 5, kind: 'workerDies', id: (id + 1) % WORKERS })
    } else {
      this.#workers.set(id, this.#worker(id))
    }
  }

  #place(now: number): void {
    const input = { workers: [...this.#workers.values()], apps: [...this.#apps.values()], scheduling: this.#scheduling }
    for (let rounds = 0; ; rounds++) {
      if (rounds > 100) throw new Error('executors are taken to and fro')
      this.placements++
      this.#executors.push(...place({ ...input, executors: this.#executors }).grants)
      const victims = new Set(this.#scheduling === 'fair' ? executorsToReclaim({ ...input, executors: this.#executors }) : [])
      if (victims.size === 0) break
      this.#executors = this.#executors.filter((executor) => !victims.has(executor))
    }
    for (const { appId } of this.#executors) {
      const id = Number(appId)
      if (this.#started.has(id)) continue
      this.#started.add(id)
      this.#push({ at: now + 1 + this.#random() * 20, kind: 'ends', id })
    }
  }

  #check(): void {
    const cores = new Map<string, number>()
    for (const executor of this.#executors) {
      cores.set(executor.workerId, (cores.get(executor.workerId) ?? 0) + executor.cores)
      expect(this.#apps.has(Number(executor.appId))).toBe(true)
    }
    for (const [workerId, used] of cores) expect(used).toBeLessThanOrEqual(this.#workers.get(Number(workerId))?.cores ?? 0)
  }

  #worker(id: number): PlacementWorker {
    return { workerId: String(id), label: `worker ${id}`, cores: 4 + (id % 13), memory: (16 + (id % 7)) * GIB }
  }

  #request(): PlacementApp['request'] {
    const size = this.#random()
    if (size < 0.05) return {}
    const executorCores = 1 + Math.floor(this.#random() * 4)
    return { executorCores, executorMemory: GIB, totalExecutorCores: executorCores * (1 + Math.floor(this.#random() * 400)) }
  }

  #push(event: Event): void {
    let at = this.#events.length
    while (at > 0 && this.#events[at - 1]!.at > event.at) at--
    this.#events.splice(at, 0, event)
  }
}

describe(`a cluster of ${WORKERS} workers on a clock of its own`, () => {
  it.each(['fifo', 'fair'] as const)(
    '%s: every application gets its turn and no worker is overbooked while workers die and return',
    (scheduling) => {
      const simulation = new Simulation(7, scheduling)
      const since = performance.now()
      simulation.run()
      const ms = performance.now() - since
      console.log(`${scheduling}: ${APPS} applications, ${simulation.placements} placements, ${(ms / simulation.placements).toFixed(2)} ms each`)
      expect(simulation.finished).toBe(APPS)
    },
    1_800_000,
  )
})
