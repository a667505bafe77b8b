import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

const PACKAGED = /[\\/]node_modules[\\/]/
const EXTENDS = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/

/** Files that change how sources are built, for all folders above the sources, whether they are there or not. */
export function configFiles(sources: readonly string[]): string[] {
  const folders = new Set<string>()
  for (const source of sources) {
    for (let folder = dirname(source); !folders.has(folder); folder = dirname(folder)) folders.add(folder)
  }
  const files = new Set<string>()
  for (const folder of folders) {
    files.add(join(folder, 'package.json'))
    // esbuild takes no compiler options from packages
    if (!PACKAGED.test(`${folder}/`)) addConfig(join(folder, 'tsconfig.json'), files)
  }
  return [...files]
}

function addConfig(path: string, files: Set<string>): void {
  if (files.has(path)) return
  files.add(path)
  if (!existsSync(path)) return
  const list = EXTENDS.exec(readFileSync(path, 'utf8'))?.[1] ?? ''
  for (const [, base] of list.matchAll(/"([^"]*)"/g)) for (const candidate of basesOf(base!, path)) addConfig(candidate, files)
}

/** Where the base of a tsconfig can lie. */
function basesOf(base: string, path: string): string[] {
  if (/^\.{0,2}[\\/]/.test(base)) {
    const file = resolve(dirname(path), base)
    return base.endsWith('.json') ? [file] : [file, `${file}.json`]
  }
  const require = createRequire(path)
  for (const name of [base, `${base}.json`, `${base}/tsconfig.json`]) {
    try {
      return [require.resolve(name)]
    } catch {
      // another form
    }
  }
  return []
}
