import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Artifact } from '../protocol/submitMessages.js'
import { digest, type InputPrint, isUnchanged } from './inputPrint.js'
import type { Diagnostic } from './transform/diagnostic.js'

const MOST_BUILDS = 50
const MOST_BYTES = 200 * 2 ** 20

/** What a build was made from and what it gave. */
export interface Build {
  /** files by path; none if one changed while it was read, which makes the build good for one run */
  readonly inputs?: Readonly<Record<string, InputPrint>>
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

export interface KeptBuild {
  artifact: Artifact
  dispose(): void
}

/**
 * Builds that were made before. `<key>.json` says which folder has the latest build of a job; a folder is never changed, since
 * a run that began with it reads it to its end. A build is used only if all its inputs are still what they were.
 */
export class BuildCache {
  readonly #root: string | undefined

  constructor(folder = defaultFolder()) {
    this.#root = writable(folder) ? folder : undefined
  }

  find(key: string): { artifact: Artifact; warnings: readonly Diagnostic[] } | undefined {
    if (!this.#root) return undefined
    try {
      const { name, build } = JSON.parse(readFileSync(join(this.#root, `${key}.json`), 'utf8')) as { name: string; build: Build }
      if (build.absent.some((path) => existsSync(path))) return undefined
      if (!build.inputs || !Object.entries(build.inputs).every(([path, print]) => isUnchanged(path, print))) return undefined
      const folder = join(this.#root, name)
      const artifact = artifactIn(folder, build)
      if (digest(readFileSync(artifact.bundlePath)) !== build.hash) return undefined
      const now = new Date()
      utimesSync(folder, now, now)
      return { artifact, warnings: build.warnings }
    } catch {
      return undefined // not there, or torn: it is built again
    }
  }

  /** Keeps a build; what cannot be used again lies in a folder that `dispose` removes. */
  keep(key: string, build: Build, files: BuiltFiles): KeptBuild {
    const root = build.inputs ? this.#root : undefined
    const folder = mkdtempSync(root ? join(root, `${key}-`) : join(tmpdir(), 'tspark-build-'))
    const artifact = artifactIn(folder, build)
    writeFileSync(artifact.bundlePath, files.code)
    writeFileSync(artifact.mapPath, files.map)
    writeFileSync(artifact.metaPath, files.meta)
    if (!root) return { artifact, dispose: () => rmSync(folder, { recursive: true, force: true }) }
    const name = folder.slice(root.length + 1)
    const fresh = join(folder, 'build.json')
    writeFileSync(fresh, JSON.stringify({ name, build }))
    renameSync(fresh, join(root, `${key}.json`))
    shrink(root)
    return { artifact, dispose: () => {} }
  }
}

/** Removes what was not used for the longest time. */
function shrink(root: string): void {
  const names = readdirSync(root)
  const builds = names.flatMap((name) => {
    const folder = join(root, name)
    try {
      const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
      return [{ name, bytes, used: statSync(folder).mtimeMs }]
    } catch {
      return [] // no folder, or somebody else removes it
    }
  })
  builds.sort((a, b) => b.used - a.used)
  let bytes = 0
  const kept = new Set<string>()
  for (const [index, build] of builds.entries()) {
    bytes += build.bytes
    if (index < MOST_BUILDS && (index === 0 || bytes <= MOST_BYTES)) kept.add(build.name.replace(/-.*$/, ''))
    else rmSync(join(root, build.name), { recursive: true, force: true })
  }
  for (const name of names) if (name.endsWith('.json') && !kept.has(name.slice(0, -'.json'.length))) rmSync(join(root, name), { force: true })
}

function artifactIn(folder: string, { hash, externals }: Build): Artifact {
  return { hash, externals, bundlePath: join(folder, 'bundle.mjs'), mapPath: join(folder, 'bundle.mjs.map'), metaPath: join(folder, 'bundle.meta.json') }
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
