import type { ShippedFile } from '../protocol/executorMessages.js'
import { unpackArchive } from '../sources/unpackArchive.js'
import type { LocalDirs } from '../storage/localDirs.js'
import type { BlobClient } from './blobClient.js'
import { verified } from './verified.js'

/** Where the run's files are in this executor; an archive is unpacked once. */
export class ShippedFiles {
  readonly #blobs: BlobClient
  readonly #dirs: LocalDirs
  readonly #folder: string
  readonly #unpacked = new Map<string, Promise<string>>()

  constructor(blobs: BlobClient, dirs: LocalDirs, executorId: string) {
    this.#blobs = blobs
    this.#dirs = dirs
    this.#folder = `archives-${executorId}`
  }

  async pathOf(file: ShippedFile): Promise<string> {
    if (file.archive === undefined) return verified(await this.#blobs.get(file.hash), file.hash)
    let folder = this.#unpacked.get(file.hash)
    if (!folder) {
      folder = this.#unpack(file, file.archive)
      this.#unpacked.set(file.hash, folder)
    }
    return await folder
  }

  async #unpack({ name, hash }: ShippedFile, kind: NonNullable<ShippedFile['archive']>): Promise<string> {
    const path = verified(await this.#blobs.get(hash), hash)
    const folder = this.#dirs.place(this.#folder, hash)
    await unpackArchive(path, kind, folder, name)
    return folder
  }
}
