import { createHash, type Hash } from 'node:crypto'
import { closeSync, existsSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LocalDirs } from '../storage/localDirs.js'

interface Download {
  readonly waiters: ((path: string | undefined, error?: string) => void)[]
  file?: { fd: number; path: string; hash: Hash; written: number }
}

const HASH = /^[\da-f]{64}$/

/** The blobs of one application on this worker: each is fetched from the driver once, checked, and kept as a file. */
export class BlobStore {
  readonly #dirs: LocalDirs
  readonly #request: (hash: string) => void
  readonly #downloads = new Map<string, Download>()

  /** `request` asks the driver for a blob; its chunks come in by `chunk`. */
  constructor(dirs: LocalDirs, request: (hash: string) => void) {
    this.#dirs = dirs
    this.#request = request
  }

  /** Calls back with the blob's path as soon as it is here. */
  get(hash: string, done: (path: string | undefined, error?: string) => void): void {
    if (!HASH.test(hash)) {
      done(undefined, `'${hash}' is no blob`)
      return
    }
    const path = this.#dirs.find('blobs', hash)
    const running = this.#downloads.get(hash)
    if (running) {
      running.waiters.push(done)
    } else if (existsSync(path)) {
      done(path)
    } else {
      this.#downloads.set(hash, { waiters: [done] })
      this.#request(hash)
    }
  }

  /** Takes the next piece; the last one completes the blob if its hash is right. */
  chunk(hash: string, size: number, offset: number, data: Uint8Array): void {
    const download = this.#downloads.get(hash)
    if (!download) return
    try {
      if (offset === 0) {
        this.#discard(download)
        const path = join(dirname(this.#dirs.place('blobs', hash)), `.${hash}.part`)
        download.file = { fd: openSync(path, 'w', 0o600), path, hash: createHash('sha256'), written: 0 }
      }
      const { file } = download
      if (!file || file.written !== offset) return
      for (let done = 0; done < data.length; ) done += writeSync(file.fd, data, done)
      file.hash.update(data)
      file.written += data.length
      if (file.written < size) return
      closeSync(file.fd)
      download.file = undefined
      if (file.hash.digest('hex') !== hash) {
        this.#fail(hash, download, `blob ${hash}: checksum mismatch after the transfer`, file.path)
        return
      }
      const path = join(dirname(file.path), hash)
      renameSync(file.path, path)
      this.#downloads.delete(hash)
      for (const waiter of download.waiters) waiter(path)
    } catch (error) {
      this.#fail(hash, download, `blob ${hash} could not be stored: ${(error as Error).message}`)
    }
  }

  /** The driver has no such blob. */
  missing(hash: string): void {
    const download = this.#downloads.get(hash)
    if (download) this.#fail(hash, download, `the driver has no blob ${hash}`)
  }

  drop(hash: string): void {
    if (HASH.test(hash)) rmSync(this.#dirs.find('blobs', hash), { force: true })
  }

  #fail(hash: string, download: Download, error: string, leftover?: string): void {
    this.#discard(download)
    if (leftover !== undefined) rmSync(leftover, { force: true })
    this.#downloads.delete(hash)
    for (const waiter of download.waiters) waiter(undefined, error)
  }

  #discard(download: Download): void {
    const { file } = download
    if (!file) return
    download.file = undefined
    closeSync(file.fd)
    rmSync(file.path, { force: true })
  }
}
