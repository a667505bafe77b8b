const USED = 0
const TOTAL = 1
const PRESSURE = 2
const OWNERS = 3

/**
 * Memory that all slots of an executor share, in KiB counted in shared memory; an estimate that keeps the process within
 * its size. What each owner holds is counted too, so that it can be taken back when its thread is ended.
 */
export class MemoryBudget {
  readonly #cells: Int32Array

  /**
   * @param buffer from `create`, on any thread of the process
   * @param owner who takes memory by this object
   * @param makeRoom called when there is not enough: frees memory of others if it can
   */
  constructor(
    readonly buffer: SharedArrayBuffer,
    readonly owner = 0,
    readonly makeRoom?: (bytes: number) => void,
  ) {
    this.#cells = new Int32Array(buffer)
  }

  static create(bytes: number, owners = 1): MemoryBudget {
    const buffer = new SharedArrayBuffer(4 * (OWNERS + owners))
    new Int32Array(buffer)[TOTAL] = Math.max(1, Math.floor(bytes / 1024))
    return new MemoryBudget(buffer)
  }

  /** bytes */
  get total(): number {
    return this.#cells[TOTAL]! * 1024
  }

  /** bytes */
  get used(): number {
    return Atomics.load(this.#cells, USED) * 1024
  }

  /** bytes */
  get free(): number {
    return this.total - this.used - Atomics.load(this.#cells, PRESSURE) * 1024
  }

  /** Bytes that the process was found to have beyond its size: so much less may be taken. */
  set pressure(bytes: number) {
    Atomics.store(this.#cells, PRESSURE, Math.ceil(bytes / 1024))
  }

  /** Takes so many bytes if they are free, or can be made free. */
  tryAcquire(bytes: number): boolean {
    if (this.#take(bytes)) return true
    if (!this.makeRoom) return false
    this.makeRoom(bytes)
    return this.#take(bytes)
  }

  /** Gives back what `tryAcquire` took: the same number of bytes. */
  release(bytes: number): void {
    this.#add(this.owner, -Math.ceil(bytes / 1024))
  }

  /** What this owner took belongs to another one from now on. */
  handOver(bytes: number, owner: number): void {
    this.#add(this.owner, -Math.ceil(bytes / 1024))
    this.#add(owner, Math.ceil(bytes / 1024))
  }

  /** Gives back all that an owner held whose thread has ended. */
  reclaim(owner: number): void {
    this.#add(owner, -Atomics.load(this.#cells, OWNERS + owner))
  }

  #take(bytes: number): boolean {
    const wanted = Math.ceil(bytes / 1024)
    this.#add(this.owner, wanted)
    if (this.free >= 0) return true
    this.#add(this.owner, -wanted)
    return false
  }

  #add(owner: number, kib: number): void {
    Atomics.add(this.#cells, USED, kib)
    Atomics.add(this.#cells, OWNERS + owner, kib)
  }
}
