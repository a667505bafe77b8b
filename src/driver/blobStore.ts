import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** What executors can ask this driver for, by content hash: the bundle, files, broadcasts, large slices. */
export class BlobStore {
  readonly #blobs = new Map<string, { bytes?: Uint8Array; path?: string; uses: number }>()

  /** Keeps bytes; the same bytes twice are kept once, until both are dropped. */
  put(bytes: Uint8Array): string {
    const hash = createHash('sha256').update(bytes).digest('hex')
    const known = this.#blobs.get(hash)
    if (known) known.uses++
    else this.#blobs.set(hash, { bytes, uses: 1 })
    return hash
  }

  /** A file that is read when it is asked for. */
  putFile(path: string, hash = createHash('sha256').update(readFileSync(path)).digest('hex')): string {
    if (!this.#blobs.has(hash)) this.#blobs.set(hash, { path, uses: 1 })
    return hash
  }

  has(hash: string): boolean {
    return this.#blobs.has(hash)
  }

  get(hash: string): Uint8Array | undefined {
    const blob = this.#blobs.get(hash)
    return blob && (blob.bytes ?? readFileSync(blob.path!))
  }

  /** true: nobody uses it any more. */
  drop(hash: string): boolean {
    const blob = this.#blobs.get(hash)
    if (!blob || --blob.uses > 0) return false
    return this.#blobs.delete(hash)
  }
}
