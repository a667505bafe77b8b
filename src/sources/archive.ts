import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export type ArchiveKind = 'zip' | 'tar'

/** A packed folder to be shipped, and the name under which tasks find it unpacked. */
export interface Archive {
  readonly name: string
  /** absolute */
  readonly path: string
  readonly kind: ArchiveKind
}

/** Reads `path` or `path#alias`; throws an Error that says what is wrong with it. */
export function archiveOf(text: string): Archive {
  const at = text.lastIndexOf('#')
  const given = at < 0 ? text : text.slice(0, at)
  const path = given.startsWith('file:') ? fileURLToPath(given) : resolve(given)
  const name = at < 0 ? basename(path) : text.slice(at + 1)
  if (name === '' || name === '.' || name === '..' || /[/\\]/.test(name)) throw new Error(`${text}: the name after # is that of one folder, without slashes`)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw new Error(`${path} is no file`)
  const kind = kindOf(path.toLowerCase())
  if (!kind) throw new Error(`${path} is no archive that can be unpacked: its name ends with none of .zip, .jar, .tar, .tar.gz and .tgz`)
  return { name, path, kind }
}

function kindOf(path: string): ArchiveKind | undefined {
  if (/\.(?:zip|jar)$/.test(path)) return 'zip'
  if (/\.(?:tar|tar\.gz|tgz)$/.test(path)) return 'tar'
  return undefined
}
