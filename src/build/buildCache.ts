import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Artifact } from '../protocol/submitMessages.js'
import type { Diagnostic } from './transform/diagnostic.js'

const MOST_BUILDS = 50
const MOST_BYTES = 200 * 2 ** 20

/** What a build was made from and what it gave. */
export interface Build {
  /** files by path, with what they looked like */
  readonly inputs: Readonly<Record<string, string>>
  /** places where a file would change the build, and was not */
  readonly absent: readonly string[]
  readonly hash: string
  readonly externals: string[]
  readonly warnings: readonly Diagnostic[]
}

export interface BuiltFiles {
  readonly code: string
  readonly map: string
  readonly meta: string
}

/** Builds that were made before, by the job's path; each is used only if all its inputs are still what they were. */
export class BuildCache {
  readonly #root: string | undefined

  constructor(folder = defaultFolder()) {
    this.#root = writable(folder) ? folder : undefined
  }

  find(key: string): { artifact: Artifact; warnings: readonly Diagnostic[] } | undefined {
    if (!this.#root) return undefined
    const folder = join(this.#root, key)
    try {
      const build = JSON.parse(readFileSync(join(folder, 'build.json'), 'utf8')) as Build
      if (build.absent.some(exists) || Object.entries(build.inputs).some(([path, print]) => fingerprint(path) !== print)) return undefined
      const artifact = artifactIn(folder, build)
      if (createHash('sha256').update(readFileSync(artifact.bundlePath)).digest('hex') !== build.hash) return undefined
      const now = new Date()
      utimesSync(folder, now, now)
      return { artifact, warnings: build.warnings }
    } catch {
      return undefined // not there, or torn: it is built again
    }
  }

  /** Keeps a build; without a cache folder it lies in a temporary one that `dispose` removes. */
  keep(key: string, build: Build, files: BuiltFiles): { artifact: Artifact; dispose(): void } {
    const fresh = mkdtempSync(join(this.#root ?? tmpdir(), '.new-'))
    writeFileSync(join(fresh, 'bundle.mjs'), files.code)
    writeFileSync(join(fresh, 'bundle.mjs.map'), files.map)
    writeFileSync(join(fresh, 'bundle.meta.json'), files.meta)
    writeFileSync(join(fresh, 'build.json'), JSON.stringify(build))
    if (!this.#root) return { artifact: artifactIn(fresh, build), dispose: () => rmSync(fresh, { recursive: true, force: true }) }
    const folder = join(this.#root, key)
    try {
      rmSync(folder, { recursive: true, force: true })
      renameSync(fresh, folder)
    } catch {
      // another build of the same job was faster with the name: this one is used once
      return { artifact: artifactIn(fresh, build), dispose: () => rmSync(fresh, { recursive: true, force: true }) }
    }
    this.#shrink(this.#root)
    return { artifact: artifactIn(folder, build), dispose: () => {} }
  }

  #shrink(root: string): void {
    const builds = readdirSync(root).flatMap((name) => {
      const folder = join(root, name)
      try {
        const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
        return [{ folder, bytes, used: statSync(folder).mtimeMs }]
      } catch {
        return [] // somebody else removes it
      }
    })
    builds.sort((a, b) => b.used - a.used)
    let bytes = 0
    for (const [index, build] of builds.entries()) {
      bytes += build.bytes
      if (index >= MOST_BUILDS || bytes > MOST_BYTES) rmSync(build.folder, { recursive: true, force: true })
    }
  }
}

/** What a file looks like: enough to see any change that an editor, git or a package manager makes. */
export function fingerprint(path: string): string | undefined {
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(path)
    return `${mtimeMs}/${ctimeMs}/${size}/${ino}`
  } catch {
    return undefined
  }
}

function artifactIn(folder: string, { hash, externals }: Build): Artifact {
  return { hash, externals, bundlePath: join(folder, 'bundle.mjs'), mapPath: join(folder, 'bundle.mjs.map'), metaPath: join(folder, 'bundle.meta.json') }
}

function exists(path: string): boolean {
  return fingerprint(path) !== undefined
}

function defaultFolder(): string {
  const { XDG_CACHE_HOME: cache } = process.env
  return join(cache?.startsWith('/') ? cache : join(homedir(), '.cache'), 'tspark', 'builds')
}

function writable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    rmSync(mkdtempSync(join(folder, '.try-')), { recursive: true })
    return true
  } catch {
    return false
  }
}
