import { TsparkError } from '../events/tsparkError.js'

/** @internal how a broadcast gets at its value and lets go of it */
export interface BroadcastBacking<V> {
  value(): V
  drop(): void
}

/** A value that every executor fetches once and tasks read (Spark's Broadcast). */
export class Broadcast<V> {
  #backing: BroadcastBacking<V> | undefined

  /** @internal made by `sc.broadcast` */
  constructor(
    /** A number that names it within its context. */
    readonly id: number,
    private readonly hash: string,
    backing: BroadcastBacking<V>,
  ) {
    this.#backing = backing
  }

  /** The value. In a task it is the executor's copy, which tasks share: treat it as read-only. @throws `TSPARK_CONTEXT` after `destroy` */
  get value(): V {
    if (!this.#backing) throw new TsparkError('TSPARK_CONTEXT', 'the broadcast was destroyed')
    return this.#backing.value()
  }

  /** Lets executors drop their copies; they fetch it again when it is used. */
  async unpersist(_blocking = false): Promise<void> {
    // executors keep decoded values only as long as a stage uses them; there is nothing else to free
  }

  /** Ends it: nothing can use it any more. */
  async destroy(): Promise<void> {
    this.#backing?.drop()
    this.#backing = undefined
  }

  /** @internal */
  [Symbol.for('tspark.handle')](): [string, { id: number; hash: string }] {
    if (!this.#backing) throw new TsparkError('TSPARK_CONTEXT', 'a function uses a broadcast that was destroyed')
    return ['broadcast', { id: this.id, hash: this.hash }]
  }
}
