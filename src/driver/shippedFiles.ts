import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { RunOptions } from '../protocol/submitMessages.js'
import type { Archive } from '../sources/archive.js'
import { unpackArchive } from '../sources/unpackArchive.js'
import { makeDriverScratch } from '../worker/workerScratch.js'
import { unpackNow } from './unpackNow.js'

/** The files and archives of a run as main finds them: by name, archives unpacked in a folder of the driver's own. */
export class ShippedFiles {
  readonly #paths = new Map<string, string>()
  readonly #archives = new Set<string>()
  readonly #localDirs: readonly string[]
  #scratch: string | undefined
  #folders = 0

  constructor({ files, localDirs }: Pick<RunOptions, 'files' | 'localDirs'>) {
    this.#localDirs = localDirs.length > 0 ? localDirs : [tmpdir()]
    for (const path of files) this.addFile(path)
  }

  get fileNames(): string[] {
    return [...this.#paths.keys()].filter((name) => !this.#archives.has(name))
  }

  get archiveNames(): string[] {
    return [...this.#archives]
  }

  find(name: string): string | undefined {
    return this.#paths.get(name)
  }

  addFile(path: string): void {
    this.#archives.delete(basename(path))
    this.#paths.set(basename(path), path)
  }

  /** Nothing stands still meanwhile. Throws when it cannot be unpacked, before anybody else hears of it. */
  async unpackArchive(archive: Archive): Promise<void> {
    const folder = this.#newFolder()
    await unpackArchive(archive.path, archive.kind, folder, archive.name)
    this.#unpackedTo(folder, archive)
  }

  /** Like `unpackArchive`, but this thread waits. */
  addArchive(archive: Archive): void {
    const folder = this.#newFolder()
    unpackNow(archive, folder)
    this.#unpackedTo(folder, archive)
  }

  #newFolder(): string {
    if (this.#scratch === undefined) {
      const scratch = makeDriverScratch(this.#localDirs)
      this.#scratch = scratch
      process.on('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }))
    }
    return join(this.#scratch, String(this.#folders++))
  }

  #unpackedTo(folder: string, { name }: Archive): void {
    this.#paths.set(name, folder)
    this.#archives.add(name)
  }
}
