import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Bundle } from './bundle.js'
import { recordCaptures } from './captures.js'
import type { ClosureMeta } from './closureMeta.js'
import { NameTable } from './nameTable.js'

export interface RuntimeOptions {
  /** the driver records what functions capture; executors don't, and pay nothing */
  role: 'driver' | 'executor'
  /** what `import 'tspark'` in a bundle gives */
  api: () => object
  /** the bundle's sidecar, in the driver */
  metaPath?: string
}

/** What bundles find in this process. */
export interface Runtime extends RuntimeOptions {
  readonly bundles: Map<string, Bundle>
  readonly names: NameTable
}

const KEY = Symbol.for('tspark.rt')
let runtime: Runtime | undefined

/** Makes this process one that bundles can be loaded in. */
export function installRuntime(options: RuntimeOptions): void {
  const installed: Runtime = { ...options, bundles: new Map(), names: new NameTable() }
  runtime = installed
  const global = {
    bundle: (id: string, load: ConstructorParameters<typeof Bundle>[1]) => addBundle(installed, id, load),
    get api() {
      return options.api()
    },
  }
  Object.defineProperty(globalThis, KEY, { value: global, configurable: true, enumerable: false, writable: true })
}

/** The runtime of this process; undefined in a program that tspark did not start. */
export function currentRuntime(): Runtime | undefined {
  return runtime
}

function addBundle(installed: Runtime, id: string, load: ConstructorParameters<typeof Bundle>[1]): object {
  const bundle = new Bundle(id, load, () => readMeta(installed.metaPath))
  installed.bundles.set(id, bundle)
  const isDriver = installed.role === 'driver'
  const pathOf = (source: string): string => resolve(source)
  return {
    c: isDriver ? recordCaptures : (fn: unknown) => fn,
    /** the top level has run: names mean now what they mean in every executor */
    end() {
      if (isDriver) installed.names.addBundle(bundle)
    },
    /** import.meta of the original file */
    meta(source: string, own: ImportMeta) {
      const path = pathOf(source)
      return { ...own, url: pathToFileURL(path).href, filename: path, dirname: dirname(path), resolve: (specifier: string) => own.resolve(specifier) }
    },
    path(source: string, _own: unknown, kind: 'dir' | 'file') {
      const path = pathOf(source)
      return kind === 'dir' ? dirname(path) : path
    },
  }
}

function readMeta(path: string | undefined): ClosureMeta {
  if (path === undefined) throw new Error('functions can be shipped by the driver only')
  return JSON.parse(readFileSync(path, 'utf8')) as ClosureMeta
}
