import { createRequire } from 'node:module'
import { types } from 'node:util'
import type { Bundle, Root } from './bundle.js'
import type { Named, Path } from './payload.js'

/** Two levels of members below a name are looked at. */
const DEEPEST = 2
const WIDEST = 2000
const BUILTIN_MODULES =
  'util path crypto fs fs/promises url querystring zlib buffer events stream stream/promises net http https http2 tls dgram dns child_process worker_threads readline os vm v8 async_hooks perf_hooks string_decoder timers timers/promises assert process module'.split(
    ' ',
  )

/** Finds names for functions and objects that every process has: of the bundle's module level, of the language, of Node. */
export class NameTable {
  readonly #bundles: { bundle: Bundle; names: Map<unknown, Path>; lazy: number[] }[] = []
  #globals: Map<unknown, Path> | undefined
  #builtins: Map<unknown, Path> | undefined

  /** Takes the names of a bundle whose top level has just run; what is assigned later is not found by them. */
  addBundle(bundle: Bundle): void {
    const names = new Map<unknown, Path>()
    const lazy: number[] = []
    for (const [index, root] of bundle.roots.entries()) {
      if (root[2]) lazy.push(index)
      else addRoot(names, root, index)
    }
    this.#bundles.push({ bundle, names, lazy })
  }

  hasBundle(bundle: Bundle): boolean {
    return this.#bundles.some((each) => each.bundle === bundle)
  }

  /** Whether a value lies at the module level of a bundle. */
  isRoot(value: unknown): boolean {
    return this.#bundles.some(({ names }) => names.has(value))
  }

  /** Whether a value is one of Node's own modules'. */
  isBuiltin(value: unknown): boolean {
    this.#builtins ??= builtinNames()
    return this.#builtins.has(value)
  }

  find(value: unknown): Named | undefined {
    for (const entry of this.#bundles) {
      let path = entry.names.get(value)
      if (!path && entry.lazy.length > 0) {
        // modules that were loaded by import() meanwhile
        for (const index of entry.lazy) addRoot(entry.names, entry.bundle.roots[index]!, index)
        path = entry.names.get(value)
      }
      if (path) return { t: 'root', bundle: entry.bundle.id, path }
    }
    this.#globals ??= globalNames()
    const global = this.#globals.get(value)
    if (global) return { t: 'global', path: global }
    this.#builtins ??= builtinNames()
    const builtin = this.#builtins.get(value)
    return builtin && { t: 'builtin', path: builtin }
  }

  /** The class at module level that has a method. */
  classWith(method: unknown, name: string, isStatic: boolean): object | undefined {
    for (const { names } of this.#bundles) {
      for (const value of names.keys()) {
        if (typeof value !== 'function') continue
        const holder: unknown = isStatic ? value : value.prototype
        if (typeof holder === 'function' || (typeof holder === 'object' && holder !== null)) {
          if (Object.getOwnPropertyDescriptor(holder, name)?.value === method) return value
        }
      }
    }
    return undefined
  }
}

function addRoot(names: Map<unknown, Path>, [name, read]: Root, index: number): void {
  let value: unknown
  try {
    value = read()
  } catch {
    return // not initialised: it cannot have been captured either
  }
  addNames(names, value, [index], 0, name)
}

function addNames(names: Map<unknown, Path>, value: unknown, path: Path, depth: number, name?: string): void {
  if (typeof value === 'symbol') names.set(value, path)
  if (typeof value === 'function') {
    if (names.has(value)) return
    names.set(value, path)
    addMembers(names, value, path, depth + 1, false)
    // functions that share their class's prototype
    const own: unknown = value.prototype?.constructor
    if (typeof own === 'function' && own !== value) addNames(names, own, [...path, 'prototype', 'constructor'], depth + 1)
  } else if (typeof value === 'object' && value !== null && !types.isProxy(value) && !names.has(value)) {
    names.set(value, path)
    const isNamespace =
      types.isModuleNamespaceObject(value) ||
      (value as { __esModule?: unknown }).__esModule === true ||
      (name !== undefined && /^(import_|.*_exports\d*$)/.test(name))
    const prototype: unknown = Object.getPrototypeOf(value)
    const isPlain = prototype === null || prototype === Object.prototype
    if (isNamespace || (isPlain && Object.keys(value).length < WIDEST)) addMembers(names, value, path, depth + 1, isNamespace)
  }
}

function addMembers(names: Map<unknown, Path>, value: object, path: Path, depth: number, readsGetters: boolean): void {
  if (depth > DEEPEST) return
  for (const key of Object.keys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key)
    if (!descriptor) continue
    if ('value' in descriptor) addNames(names, descriptor.value, [...path, key], depth)
    else if (readsGetters && descriptor.get) {
      try {
        addNames(names, descriptor.get.call(value), [...path, key], depth)
      } catch {
        // an export that is not initialised
      }
    }
  }
}

/** The functions and objects of the language; getters are never called. */
function globalNames(): Map<unknown, Path> {
  const names = new Map<unknown, Path>()
  const put = (value: unknown, path: Path): void => {
    if ((typeof value === 'function' || (typeof value === 'object' && value !== null)) && !names.has(value)) names.set(value, path)
  }
  const members = (value: object, path: Path): void => {
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Object.getOwnPropertyDescriptor(value, key)
      if (key === 'constructor' || typeof descriptor?.value !== 'function') continue
      if (typeof key === 'string') put(descriptor.value, [...path, key])
      else {
        const wellKnown = key.description?.replace(/^Symbol\./, '') ?? ''
        if ((Symbol as unknown as Record<string, unknown>)[wellKnown] === key) put(descriptor.value, [...path, { symbol: wellKnown }])
      }
    }
  }
  const roots = Object.getOwnPropertyNames(globalThis)
    .filter((name) => name !== 'globalThis' && name !== 'global')
    .map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)?.value] as const)
    .filter(([, value]) => typeof value === 'function' || (typeof value === 'object' && value !== null))
  for (const [name, value] of roots) put(value, [name])
  for (const [name, value] of roots) {
    if (name === 'process') continue
    members(value, [name])
    if (typeof value !== 'function' || !value.prototype) continue
    put(value.prototype, [name, 'prototype'])
    members(value.prototype, [name, 'prototype'])
  }
  return names
}

function builtinNames(): Map<unknown, Path> {
  const names = new Map<unknown, Path>()
  const require = createRequire(import.meta.url)
  for (const module of BUILTIN_MODULES) {
    const exports: unknown = require(`node:${module}`)
    if (!names.has(exports)) names.set(exports, [module])
    if (typeof exports !== 'object' && typeof exports !== 'function') continue
    for (const name of Object.getOwnPropertyNames(exports)) {
      const value: unknown = Object.getOwnPropertyDescriptor(exports, name)?.value
      const isNameable = typeof value === 'function' || (typeof value === 'object' && value !== null && !types.isProxy(value))
      if (isNameable && !names.has(value)) names.set(value, [module, name])
    }
  }
  return names
}
