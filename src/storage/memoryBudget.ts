/** Memory that all slots of an executor share, in KiB counted in shared memory; an estimate that keeps the process within its size. */
export class MemoryBudget {
  readonly #cells: Int32Array

  /** @param buffer from `create`, on any thread of the process */
  constructor(readonly buffer: SharedArrayBuffer) {
    this.#cells = new Int32Array(buffer)
  }

  static create(bytes: number): MemoryBudget {
    const buffer = new SharedArrayBuffer(8)
    new Int32Array(buffer)[1] = Math.max(1, Math.floor(bytes / 1024))
    return new MemoryBudget(buffer)
  }

  /** bytes */
  get total(): number {
    return this.#cells[1]! * 1024
  }

  /** bytes */
  get used(): number {
    return Atomics.load(this.#cells, 0) * 1024
  }

  /** Takes so many bytes if they are free. */
  tryAcquire(bytes: number): boolean {
    const wanted = Math.ceil(bytes / 1024)
    const before = Atomics.add(this.#cells, 0, wanted)
    if (before + wanted <= this.#cells[1]!) return true
    Atomics.sub(this.#cells, 0, wanted)
    return false
  }

  /** Gives back what `tryAcquire` took: the same number of bytes. */
  release(bytes: number): void {
    Atomics.sub(this.#cells, 0, Math.ceil(bytes / 1024))
  }
}
