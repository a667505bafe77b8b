import { TsparkError } from '../events/tsparkError.js'

/** @internal how a broadcast gets at its value and lets go of it */
export interface BroadcastBacking<V> {
  value(): V
  /** executors let go of their copies; settles when they were told */
  unpersist(): Promise<void>
  destroy(): void
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

  /**
   * Deletes the copies on executors, once no running stage uses them; they fetch it again when it is used.
   * @param blocking wait until workers were told (default false)
   * @throws `TSPARK_CONTEXT` after `destroy`
   */
  async unpersist(blocking = false): Promise<void> {
    if (!this.#backing) throw new TsparkError('TSPARK_CONTEXT', 'unpersist(): the broadcast was destroyed')
    const dropped = this.#backing.unpersist()
    if (blocking) await dropped
  }

  /** Ends it, with the copies on executors: nothing can use it any more. */
  async destroy(): Promise<void> {
    this.#backing?.destroy()
    this.#backing = undefined
  }

  /** @internal */
  [Symbol.for('tspark.handle')](): [string, { id: number; hash: string }] {
    if (!this.#backing) throw new TsparkError('TSPARK_CONTEXT', 'it uses a broadcast that was destroyed')
    return ['broadcast', { id: this.id, hash: this.hash }]
  }
}
