import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'

interface Manifest {
  type?: string
  gypfile?: boolean
  binary?: unknown
  main?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const NAMESPACE = 'tspark-native'
const LOADERS = ['bindings', 'node-gyp-build', 'node-gyp-build-optional-packages', 'prebuild-install', '@mapbox/node-pre-gyp', 'node-pre-gyp']

/** What the search for native packages came across. */
export class Externals {
  /** what has to be there where the bundle runs: names that can be resolved from the working directory, or absolute paths */
  readonly names = new Set<string>()
  /** manifests that were looked for, there or not */
  readonly lookups = new Set<string>()
  readonly #native = new Map<string, boolean>()

  /** @param forced packages to leave out whatever they contain */
  constructor(readonly forced: readonly string[]) {}

  packageFolder(name: string, from: string): string | undefined {
    for (let folder = from; ; folder = dirname(folder)) {
      const manifest = join(folder, 'node_modules', name, 'package.json')
      this.lookups.add(manifest)
      if (existsSync(manifest)) return dirname(manifest)
      if (folder === dirname(folder)) return undefined
    }
  }

  isExternal(name: string, folder: string): boolean {
    let native = this.#native.get(folder)
    if (native === undefined) {
      native = this.forced.includes(name) || isNative(folder)
      this.#native.set(folder, native)
    }
    return native
  }
}

/**
 * Leaves packages with native code out of the bundle. They are loaded where the bundle runs, from where the job found them
 * or from the working directory, for the bundle itself lies in neither.
 */
export function nativePackages(externals: Externals, cwd: string): Plugin {
  return {
    name: NAMESPACE,
    setup(build) {
      build.onResolve({ filter: /\.node$/ }, ({ path, resolveDir, namespace }) => {
        if (namespace === NAMESPACE) return undefined
        const file = path.startsWith('.') || isAbsolute(path) ? resolve(resolveDir, path) : path
        externals.names.add(file)
        return { path: file, namespace: NAMESPACE, pluginData: resolveDir }
      })
      build.onResolve({ filter: /^[^./]/ }, async (imported) => {
        const { path, kind, resolveDir, namespace } = imported
        if (kind === 'entry-point' || path.startsWith('node:') || namespace !== 'file') return undefined
        const name = path
          .split('/')
          .slice(0, path.startsWith('@') ? 2 : 1)
          .join('/')
        const folder = externals.packageFolder(name, resolveDir)
        if (!folder || !externals.isExternal(name, folder)) return undefined
        const file = resolveFrom(resolveDir, path)
        if (file === undefined || readManifest(folder).type === 'module') return moduleFile(build, imported, externals)
        externals.names.add(resolveFrom(cwd, path) === undefined ? file : path)
        return { path, namespace: NAMESPACE, pluginData: resolveDir }
      })
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path, pluginData }) => ({
        contents: loaderOf(path, [join(String(pluginData), '/'), join(cwd, '/')]),
        loader: 'js',
      }))
    },
  }
}

/** A CommonJS module that stands for the package in the bundle. */
function loaderOf(name: string, places: readonly string[]): string {
  return `const { createRequire } = require('node:module')
let load = createRequire(${JSON.stringify(places[0])})
try { load.resolve(${JSON.stringify(name)}) } catch { load = createRequire(${JSON.stringify(places[1])}) }
module.exports = load(${JSON.stringify(name)})
`
}

/** ES modules can't be required: they are imported from the file itself. */
async function moduleFile(build: PluginBuild, imported: OnResolveArgs, externals: Externals): Promise<OnResolveResult> {
  const { path, kind, resolveDir, importer } = imported
  // another namespace: not this plugin again
  const { path: file, errors } = await build.resolve(path, { kind, resolveDir, importer, namespace: `${NAMESPACE}-file` })
  if (errors.length > 0) return { errors }
  externals.names.add(file)
  return { path: pathToFileURL(file).href, external: true }
}

/** The file that require() takes; undefined if there is none, or only one for import. */
function resolveFrom(folder: string, path: string): string | undefined {
  try {
    return createRequire(join(folder, '/')).resolve(path)
  } catch {
    return undefined
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

function isNative(folder: string): boolean {
  const manifest = readManifest(folder)
  const dependencies = { ...manifest.dependencies, ...manifest.optionalDependencies }
  if (manifest.gypfile || manifest.binary || manifest.main?.endsWith('.node')) return true
  return existsSync(join(folder, 'binding.gyp')) || LOADERS.some((loader) => loader in dependencies)
}
