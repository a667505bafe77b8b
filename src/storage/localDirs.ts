import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** An application's folder on each disk of a worker (Spark's DiskBlockManager): a file lies on the disk that its name says, or on the next one that takes files. */
export class LocalDirs {
  readonly #failed: Int32Array

  constructor(
    /** the application's folder on each disk, one at least */
    readonly roots: readonly string[],
    /** one a disk, not 0 where it has failed; shared by the slots of an executor */
    failed: Int32Array = new Int32Array(roots.length),
  ) {
    this.#failed = failed
  }

  /** Where a new file goes; its folder is made if it is not there. */
  place(folder: string, name: string): string {
    const usable = this.#inOrder(name).filter((disk) => Atomics.load(this.#failed, disk) === 0)
    // when all have failed the first is tried again: it tells why
    const disk = usable[0] ?? this.#inOrder(name)[0]!
    const path = join(this.roots[disk]!, folder)
    // a disk that does not even take a folder is told by whoever opens the file
    if (!existsSync(path)) {
      try {
        mkdirSync(path, { recursive: true, mode: 0o700 })
      } catch {}
    }
    return join(path, name)
  }

  /** Where a file lies. @param ending what its name on the disk ends with */
  find(folder: string, name: string, ending = ''): string {
    return findIn(
      this.roots.map((root) => join(root, folder)),
      name,
      ending,
    )
  }

  /** Removes a folder on all disks; one that has failed keeps its part until the application ends. */
  remove(folder: string): void {
    for (const root of this.roots) {
      try {
        rmSync(join(root, folder), { recursive: true, force: true, maxRetries: 3 })
      } catch {}
    }
  }

  /** Numbers of the disks that have failed. */
  get failed(): number[] {
    return this.roots.flatMap((_, disk) => (Atomics.load(this.#failed, disk) === 0 ? [] : [disk]))
  }

  /** A disk did not take what was written to `path`; gives its number if that is news. */
  failPath(path: string): number | undefined {
    const disk = this.roots.findIndex((root) => path.startsWith(`${root}/`))
    return disk >= 0 && this.failDisk(disk) ? disk : undefined
  }

  /** @returns whether that is news */
  failDisk(disk: number): boolean {
    return disk < this.roots.length && Atomics.exchange(this.#failed, disk, 1) === 0
  }

  #inOrder(name: string): number[] {
    const first = diskOf(name, this.roots.length)
    return this.roots.map((_, i) => (first + i) % this.roots.length)
  }
}

/** The path of a file in that one of some folders, one a disk, that has it; in the one it belongs to when none has. */
export function findIn(folders: readonly string[], name: string, ending = ''): string {
  const first = diskOf(name, folders.length)
  const own = `${folders[first]!}/${name}`
  if (folders.length === 1 || existsSync(own + ending)) return own
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path + ending)) ?? own
}

/** Spreads names over disks. */
function diskOf(name: string, disks: number): number {
  if (disks === 1) return 0
  let hash = 0
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0
  return ((hash ^ (hash >>> 15)) >>> 0) % disks
}
