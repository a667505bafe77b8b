import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Makes the folder of an application on each disk that takes it; gives them, or fails when none does. */
export function makeAppFolders(scratchDirs: readonly [string, ...string[]], appId: string): string[] {
  let problem: unknown
  const made = scratchDirs.flatMap((disk) => {
    const path = join(disk, appId)
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      return [path]
    } catch (error) {
      problem = error
      return []
    }
  })
  if (made.length === 0) throw problem
  return made
}

/** Removes all that an application left on any disk. */
export function removeAppFolders(scratchDirs: readonly string[], appId: string): void {
  for (const disk of scratchDirs) rmSync(join(disk, appId), { recursive: true, force: true, maxRetries: 3 })
}
