import { mkdirSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { TsparkError } from '../events/tsparkError.js'
import { diskError } from '../storage/diskError.js'
import type { ArchiveKind } from './archive.js'

/** Unpacks an archive into a new folder; what would lie or lead outside of it is refused, and nothing is left then. */
export async function unpackArchive(path: string, kind: ArchiveKind, folder: string, name: string): Promise<void> {
  try {
    mkdirSync(folder, { mode: 0o700 })
    // loaded by the few runs that ship archives
    if (kind === 'zip') await (await import('./unzip.js')).unzip(path, folder)
    else await (await import('./untar.js')).untar(path, folder)
    checkLinks(folder)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    const told = diskError(error, folder)
    if (told !== error) throw told
    throw new TsparkError('TSPARK_INPUT', `archive ${name} cannot be unpacked: ${(error as Error).message}`, { cause: error })
  }
}

/** One link may lead over another, so where they end is looked at when all are there. */
function checkLinks(folder: string): void {
  const root = realpathSync(folder)
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue
    const link = join(entry.parentPath, entry.name)
    let target: string | undefined
    try {
      target = realpathSync(link)
    } catch {
      // it leads nowhere
    }
    if (target === root || target?.startsWith(`${root}/`)) continue
    throw new Error(`its link ${relative(root, link)} -> ${readlinkSync(link)} leads to nothing inside of it`)
  }
}
