import type { MapLocation } from '../protocol/executorMessages.js'
import type { MapOutputId } from '../protocol/workerMessages.js'

interface Outputs {
  readonly locations: (MapLocation | undefined)[]
  missing: number
}

/** Knows where the outputs of map tasks lie (Spark's MapOutputTracker). */
export class MapOutputTracker {
  readonly #shuffles = new Map<number, Outputs>()

  /** Makes a shuffle known. */
  add(shuffleId: number, numMaps: number): void {
    if (!this.#shuffles.has(shuffleId)) this.#shuffles.set(shuffleId, { locations: new Array<undefined>(numMaps).fill(undefined), missing: numMaps })
  }

  register(shuffleId: number, location: MapLocation): void {
    const shuffle = this.#shuffles.get(shuffleId)
    if (!shuffle) return
    if (!shuffle.locations[location.mapIndex]) shuffle.missing--
    shuffle.locations[location.mapIndex] = location
  }

  isComplete(shuffleId: number): boolean {
    return this.#shuffles.get(shuffleId)?.missing === 0
  }

  /** Map partitions without an output. */
  missing(shuffleId: number): number[] {
    const locations = this.#shuffles.get(shuffleId)?.locations ?? []
    const missing: number[] = []
    for (let index = 0; index < locations.length; index++) if (!locations[index]) missing.push(index)
    return missing
  }

  locations(shuffleId: number): MapLocation[] {
    return (this.#shuffles.get(shuffleId)?.locations ?? []).filter((location) => location !== undefined)
  }

  numMaps(shuffleId: number): number {
    return this.#shuffles.get(shuffleId)?.locations.length ?? 0
  }

  /** Forgets all outputs of a shuffle: whoever needs it computes it again. */
  forget(shuffleId: number): void {
    const shuffle = this.#shuffles.get(shuffleId)
    if (!shuffle) return
    shuffle.locations.fill(undefined)
    shuffle.missing = shuffle.locations.length
  }

  /** Forgets one output that could not be read on a worker, unless another attempt has replaced it or it was moved. */
  lost(shuffleId: number, mapIndex: number, attemptId: number, workerId: string): void {
    const shuffle = this.#shuffles.get(shuffleId)
    const location = shuffle?.locations[mapIndex]
    if (!shuffle || location?.attemptId !== attemptId || location.workerId !== workerId) return
    shuffle.locations[mapIndex] = undefined
    shuffle.missing++
  }

  /** The outputs on a worker. */
  on(workerId: string): MapOutputId[] {
    const found: MapOutputId[] = []
    for (const [shuffleId, { locations }] of this.#shuffles) {
      for (const location of locations)
        if (location?.workerId === workerId) found.push({ shuffleId, mapIndex: location.mapIndex, attemptId: location.attemptId })
    }
    return found
  }

  /** An output was copied to another worker; gives whether it still counts. */
  moved({ shuffleId, mapIndex, attemptId }: MapOutputId, from: string, to: string): boolean {
    const shuffle = this.#shuffles.get(shuffleId)
    const location = shuffle?.locations[mapIndex]
    if (!shuffle || location?.attemptId !== attemptId || location.workerId !== from) return false
    shuffle.locations[mapIndex] = { ...location, workerId: to }
    return true
  }

  /** Forgets all outputs on a worker. */
  workerLost(workerId: string): void {
    for (const shuffle of this.#shuffles.values()) {
      for (const [index, location] of shuffle.locations.entries()) {
        if (location?.workerId !== workerId) continue
        shuffle.locations[index] = undefined
        shuffle.missing++
      }
    }
  }
}
