import type { MapLocation } from '../protocol/executorMessages.js'

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

  /** Forgets all outputs of a shuffle. */
  forget(shuffleId: number): void {
    const shuffle = this.#shuffles.get(shuffleId)
    if (!shuffle) return
    shuffle.locations.fill(undefined)
    shuffle.missing = shuffle.locations.length
  }

  /** Forgets one output that could not be read, unless another attempt has replaced it. */
  lost(shuffleId: number, mapIndex: number, attemptId: number): void {
    const shuffle = this.#shuffles.get(shuffleId)
    if (shuffle?.locations[mapIndex]?.attemptId !== attemptId) return
    shuffle.locations[mapIndex] = undefined
    shuffle.missing++
  }

  /** Forgets all outputs of a shuffle: whoever needs it computes it again. */
  drop(shuffleId: number): void {
    const shuffle = this.#shuffles.get(shuffleId)
    if (!shuffle) return
    shuffle.locations.fill(undefined)
    shuffle.missing = shuffle.locations.length
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
