import type { MapLocation } from '../protocol/executorMessages.js'
import type { MapOutputId } from '../protocol/workerMessages.js'
import { decompressSize } from '../shuffle/sizes.js'

/** Shuffles of that many map tasks or reducers spread over all hosts: what lies where is not looked at (Spark's SHUFFLE_PREF_*_THRESHOLD). */
const TOO_MANY = 1_000
/** by code: bytes */
const SIZES = Float64Array.from({ length: 256 }, (_, code) => decompressSize(code))

interface Outputs {
  readonly locations: (MapLocation | undefined)[]
  /** of the last output of each map task, also of one that is lost */
  readonly checksums: (string | undefined)[]
  /** of outputs that are there: a byte per reducer */
  readonly sizes: (Uint8Array | undefined)[]
  /** worked out when it is asked for, until an output changes: bytes per reducer */
  byWorker: ReadonlyMap<string, Float64Array> | undefined
  missing: number
}

/** Knows where the outputs of map tasks lie (Spark's MapOutputTracker). */
export class MapOutputTracker {
  readonly #shuffles = new Map<number, Outputs>()

  /** Makes a shuffle known. */
  add(shuffleId: number, numMaps: number): void {
    if (this.#shuffles.has(shuffleId)) return
    const nothing = new Array<undefined>(numMaps).fill(undefined)
    this.#shuffles.set(shuffleId, { locations: nothing, checksums: [...nothing], sizes: [...nothing], byWorker: undefined, missing: numMaps })
  }

  /** Takes note of an output; true: it is not the same as the last one of this map task. */
  register(shuffleId: number, location: MapLocation, { checksum, sizes }: { checksum?: string; sizes?: Uint8Array } = {}): boolean {
    const shuffle = this.#shuffles.get(shuffleId)
    if (!shuffle) return false
    const { mapIndex } = location
    if (!shuffle.locations[mapIndex]) shuffle.missing--
    shuffle.locations[mapIndex] = location
    // a copy: it is a piece of a message with other ends of tasks
    const isKept = shuffle.locations.length < TOO_MANY && sizes !== undefined && sizes.length < TOO_MANY
    shuffle.sizes[mapIndex] = isKept ? sizes.slice() : undefined
    shuffle.byWorker = undefined
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
    shuffle.sizes.fill(undefined)
    shuffle.byWorker = undefined
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
    drop(shuffle, mapIndex)
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
    shuffle.byWorker = undefined
    return true
  }

  /** Forgets all outputs on a worker. */
  workerLost(workerId: string): void {
    for (const shuffle of this.#shuffles.values()) {
      for (const [index, location] of shuffle.locations.entries()) {
        if (location?.workerId !== workerId) continue
        drop(shuffle, index)
      }
    }
  }

  /** What lies on each worker for each reducer of a shuffle, in bytes; undefined if that is not known of all outputs. */
  bytesByWorker(shuffleId: number): ReadonlyMap<string, Float64Array> | undefined {
    const shuffle = this.#shuffles.get(shuffleId)
    if (shuffle) shuffle.byWorker ??= bytesByWorker(shuffle)
    return shuffle?.byWorker
  }
}

function drop(shuffle: Outputs, mapIndex: number): void {
  shuffle.locations[mapIndex] = undefined
  shuffle.sizes[mapIndex] = undefined
  shuffle.byWorker = undefined
  shuffle.missing++
}

function bytesByWorker({ locations, sizes, missing }: Outputs): Map<string, Float64Array> | undefined {
  if (missing > 0) return undefined
  const byWorker = new Map<string, Float64Array>()
  for (const [mapIndex, location] of locations.entries()) {
    const codes = sizes[mapIndex]
    if (!location || !codes) return undefined
    const bytes = byWorker.get(location.workerId) ?? new Float64Array(codes.length)
    byWorker.set(location.workerId, bytes)
    for (let reducer = 0; reducer < codes.length; reducer++) bytes[reducer]! += SIZES[codes[reducer]!]!
  }
  return byWorker
}
