/** The copies of broadcasts that workers and executors keep: deleted when asked for, but not under a running stage. */
export class BlobCopies {
  readonly #inUse: (hash: string) => boolean
  readonly #drop: (hash: string) => void
  readonly #waiting = new Map<string, (() => void)[]>()

  /** @param inUse a running stage needs it @param drop has workers delete it */
  constructor(inUse: (hash: string) => boolean, drop: (hash: string) => void) {
    this.#inUse = inUse
    this.#drop = drop
  }

  /** Resolves when workers were told. */
  delete(hash: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(hash, [...(this.#waiting.get(hash) ?? []), resolve])
      this.stageEnded()
    })
  }

  stageEnded(): void {
    for (const [hash, told] of this.#waiting) {
      if (this.#inUse(hash)) continue
      this.#waiting.delete(hash)
      this.#drop(hash)
      for (const resolve of told) resolve()
    }
  }
}
