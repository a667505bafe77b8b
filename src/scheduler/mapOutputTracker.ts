import type { MapLocation } from '../protocol/executorMessages.js'
import type { MapOutputId } from '../protocol/workerMessages.js'

interface Outputs {
  readonly locations: (MapLocation | undefined)[]
  /** of the last output of each map task, also of one that is lost */
  readonly checksums: (string | undefined)[]
  missing: number
}

/** Knows where the outputs of map tasks lie (Spark's MapOutputTracker). */
export class MapOutputTracker {
  readonly #shuffles = new Map<number, Outputs>()

  /** Makes a shuffle known. */
  add(shuffleId: number, numMaps: number): void {
    if (this.#shuffles.has(shuffleId)) return
    const nothing = new Array<undefined>(numMaps).fill(undefined)
    this.#shuffles.set(shuffleId, { locations: nothing, checksums: [...nothing], missing: numMaps })
  }

  /** Takes note of an output; true: it is not the same as the last one of this map task. */
  register(shuffleId: number, location: MapLocation, checksum?: string): boolean {
    const shuffle = this.#shuffles.get(shuffleId)
    if (!shuffle) return false
    const { mapIndex } = location
    if (!shuffle.locations[mapIndex]) shuffle.missing--
    shuffle.locations[mapIndex] = location
    const before = shuffle.checksums[mapIndex]
    shuffle.checksums[mapIndex] = checksum
    return before !== undefined && checksum !== undefined && before !== checksum
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

  /** Forgets all outputs of a shuffle, and what they were like: what they were computed from has changed. */
  rollBack(shuffleId: number): void {
    this.forget(shuffleId)
    this.#shuffles.get(shuffleId)?.checksums.fill(undefined)
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
