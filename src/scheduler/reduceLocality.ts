import type { ShuffleRead } from '../plan/jobPlan.js'
import type { MapOutputTracker } from './mapOutputTracker.js'
import type { Preference } from './preference.js'

/** A host is worth waiting for if it holds at least this share of a task's input (Spark's REDUCER_PREF_LOCS_FRACTION). */
const LEAST_SHARE = 0.2

/** Knows on which hosts much of a reduce task's input lies: there it reads files instead of fetching them. */
export class ReduceLocality {
  readonly #outputs: MapOutputTracker
  readonly #enabled: boolean
  readonly #hostOf = new Map<string, string>()
  readonly #hosts = new Set<string>()

  /** @param enabled spark.shuffle.reduceLocality.enabled */
  constructor(outputs: MapOutputTracker, enabled: boolean) {
    this.#outputs = outputs
    this.#enabled = enabled
  }

  workerSeen(workerId: string, hostId: string): void {
    this.#hostOf.set(workerId, hostId)
    this.#hosts.add(hostId)
  }

  /** Nothing if all workers are on one host, where every file is as near as any other. */
  preferred(reads: () => readonly ShuffleRead[]): Preference | undefined {
    if (!this.#enabled || this.#hosts.size < 2) return undefined
    const held = new Map<string, number>()
    let total = 0
    for (const { shuffleId, reducer } of reads()) {
      const bytesOn = this.#outputs.bytesByWorker(shuffleId)
      if (!bytesOn) return undefined
      for (const [workerId, sizes] of bytesOn) {
        const bytes = sizes[reducer] ?? 0
        total += bytes
        const host = this.#hostOf.get(workerId)
        if (host !== undefined) held.set(host, (held.get(host) ?? 0) + bytes)
      }
    }
    const places = new Set<string>()
    for (const [host, bytes] of held) if (bytes > 0 && bytes >= total * LEAST_SHARE) places.add(host)
    // who likes all hosts likes none more than others
    return places.size === 0 || places.size === this.#hosts.size ? undefined : { kind: 'host', places }
  }
}
