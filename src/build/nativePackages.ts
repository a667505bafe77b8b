import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'esbuild'

interface Manifest {
  gypfile?: boolean
  binary?: unknown
  main?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const LOADERS = ['bindings', 'node-gyp-build', 'node-gyp-build-optional-packages', 'prebuild-install', '@mapbox/node-pre-gyp', 'node-pre-gyp']

/** Leaves packages with native code out of the bundle: they are looked for where the bundle runs. `found` gets their names. */
export function nativePackages(found: Set<string>): Plugin {
  const known = new Map<string, boolean>()
  return {
    name: 'native-packages',
    setup(build) {
      build.onResolve({ filter: /\.node$/ }, ({ path }) => ({ path, external: true }))
      build.onResolve({ filter: /^[^./]/ }, ({ path, kind, resolveDir }) => {
        if (kind === 'entry-point' || path.startsWith('node:')) return undefined
        const name = path
          .split('/')
          .slice(0, path.startsWith('@') ? 2 : 1)
          .join('/')
        const folder = packageFolder(name, resolveDir)
        if (!folder) return undefined
        let native = known.get(folder)
        if (native === undefined) {
          native = isNative(folder)
          known.set(folder, native)
        }
        if (!native) return undefined
        found.add(name)
        return { path, external: true }
      })
    },
  }
}

function packageFolder(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (folder === dirname(folder)) return undefined
  }
}

function isNative(folder: string): boolean {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  const dependencies = { ...manifest.dependencies, ...manifest.optionalDependencies }
  if (manifest.gypfile || manifest.binary || manifest.main?.endsWith('.node')) return true
  return existsSync(join(folder, 'binding.gyp')) || LOADERS.some((loader) => loader in dependencies)
}
