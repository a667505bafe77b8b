import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Spills and shuffle output, the busiest two, come to lie on different disks as soon as there are two. */
const FOLDERS = ['blobs', 'shuffle', 'results', 'cache', 'tmp'] as const

/** Makes the folders of an application: all below the first scratch folder, with links to where the other disks hold them. */
export function makeAppFolders(scratchDirs: readonly [string, ...string[]], appId: string): string {
  const appDir = join(scratchDirs[0], appId)
  mkdirSync(appDir, { recursive: true, mode: 0o700 })
  for (const [i, folder] of FOLDERS.entries()) {
    const disk = scratchDirs[i % scratchDirs.length] ?? scratchDirs[0]
    const path = join(disk, appId, folder)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    if (disk !== scratchDirs[0]) symlinkSync(path, join(appDir, folder))
  }
  return appDir
}

/** Removes all that an application left on any disk. */
export function removeAppFolders(scratchDirs: readonly string[], appId: string): void {
  for (const disk of scratchDirs) rmSync(join(disk, appId), { recursive: true, force: true, maxRetries: 3 })
}
