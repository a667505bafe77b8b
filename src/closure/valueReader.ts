import { createRequire } from 'node:module'
import type { AnyFunction, Bundle } from './bundle.js'
import { reviveHandle } from './handles.js'
import { currentRuntime } from './installRuntime.js'
import { type Entry, type Patch, type Path, type Payload, setOwn } from './payload.js'
import { classOf, keepRevived } from './revived.js'
import { DESERIALIZE } from './valueWriter.js'

const IN_PROGRESS = Symbol('in progress')

/** Turns a payload back into the value: entries depth first, what can be part of a cycle before its parts. */
export class ValueReader {
  readonly #entries: readonly Entry[]
  readonly #patches = new Map<object, Patch[]>()
  readonly #done: unknown[]
  readonly #later: (() => void)[] = []

  constructor(readonly payload: Payload) {
    this.#entries = payload.entries
    this.#done = new Array<unknown>(payload.entries.length)
    for (const patch of payload.patches) {
      const list = this.#patches.get(patch[0])
      if (list) list.push(patch)
      else this.#patches.set(patch[0], [patch])
    }
  }

  /** Modules that have to be initialised first and take their time. */
  lazyModules(): Promise<unknown>[] {
    return this.#entries.flatMap((entry) => {
      if (entry.t !== 'root') return []
      const given = bundleOf(entry.bundle).roots[entry.path[0] as number]?.[2]?.()
      return given instanceof Promise ? [given] : []
    })
  }

  read(): unknown {
    const { root } = this.payload
    this.#fill(root)
    while (this.#later.length > 0 || this.#patches.size > 0) {
      for (let next = this.#later.shift(); next; next = this.#later.shift()) next()
      for (const container of [...this.#patches.keys()]) this.#fill(container)
    }
    return root.value
  }

  #fill<C extends object>(container: C): C {
    const patches = this.#patches.get(container)
    if (!patches) return container
    this.#patches.delete(container)
    for (const [, key, entry] of patches) setOwn(container, key, this.#get(entry))
    return container
  }

  #get(index: number): unknown {
    const known = this.#done[index]
    if (known === IN_PROGRESS) throw new Error('a cycle through functions or [tspark.deserialize] could not be put together: a part needs itself to be made')
    if (known !== undefined) return known
    this.#done[index] = IN_PROGRESS
    return this.#make(index, this.#entries[index]!)
  }

  #set<V>(index: number, value: V): V {
    this.#done[index] = value
    return value
  }

  #make(index: number, entry: Entry): unknown {
    switch (entry.t) {
      case 'root':
        return this.#set(index, readRoot(entry.bundle, entry.path))
      case 'global':
        return this.#set(index, resolvePath(globalThis, entry.path))
      case 'builtin': {
        const [module, ...rest] = entry.path
        return this.#set(index, resolvePath(createRequire(import.meta.url)(`node:${String(module)}`), rest))
      }
      case 'symbol':
        return this.#set(index, entry.key === undefined ? (Symbol as unknown as Record<string, unknown>)[entry.wellKnown!] : Symbol.for(entry.key))
      case 'handle':
        return this.#set(index, reviveHandle(entry.type, entry.data))
      case 'url':
        return this.#set(index, new URL(entry.href))
      case 'map':
        return this.#map(index, entry.items)
      case 'set':
        return this.#collected(index, entry.items)
      case 'bare': {
        const value = this.#set(index, Object.create(null) as object)
        this.#later.push(() => defineAll(value, this.#fill(entry.props)))
        return value
      }
      case 'instance':
        return this.#instance(index, entry)
      case 'error':
        return this.#error(index, entry)
      case 'custom': {
        const own = this.#get(entry.class) as unknown as Record<symbol, (data: unknown) => unknown>
        // it is whole, Maps and instances in it too, when the class gets it
        const before = this.#later.length
        this.#fillDeep(entry.holder, new Set())
        while (this.#later.length > before) this.#later.pop()!()
        return this.#set(index, own[DESERIALIZE]!(entry.holder.data))
      }
      case 'bound': {
        const fn = this.#get(entry.fn) as AnyFunction
        return this.#set(index, Function.prototype.bind.apply(fn, this.#fill(entry.args) as [unknown]))
      }
      case 'member': {
        const own = this.#get(entry.class) as { prototype: Record<string, unknown> } & Record<string, unknown>
        return this.#set(index, entry.isStatic ? own[entry.name] : own.prototype[entry.name])
      }
      case 'fn':
        return this.#function(index, entry)
    }
  }

  #map(index: number, items: unknown[]): Map<unknown, unknown> {
    const map = this.#set(index, new Map<unknown, unknown>())
    this.#later.push(() => {
      this.#fill(items)
      for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1])
    })
    return map
  }

  #collected(index: number, items: unknown[]): Set<unknown> {
    const set = this.#set(index, new Set<unknown>())
    this.#later.push(() => {
      for (const item of this.#fill(items)) set.add(item)
    })
    return set
  }

  #instance(index: number, entry: Extract<Entry, { t: 'instance' }>): object {
    const own = this.#get(entry.class) as { prototype: object }
    const value = this.#set(index, Object.create(own.prototype) as object)
    this.#later.push(() => defineAll(value, this.#fill(entry.props)))
    return value
  }

  #error(index: number, entry: Extract<Entry, { t: 'error' }>): Error {
    const own = this.#get(entry.class) as { prototype: object }
    const value = new Error(entry.message)
    Object.setPrototypeOf(value, own.prototype)
    Object.defineProperty(value, 'stack', { value: entry.stack, writable: true, configurable: true })
    this.#set(index, value)
    this.#later.push(() => {
      for (const [key, member] of Object.entries(this.#fill(entry.props))) {
        Object.defineProperty(value, key, { value: member, writable: true, configurable: true, enumerable: key !== 'cause' && key !== 'errors' })
      }
    })
    return value
  }

  #function(index: number, entry: Extract<Entry, { t: 'fn' }>): unknown {
    const known = entry.origin === undefined ? undefined : classOf(entry.origin)
    if (known) {
      this.#patches.delete(entry.captures)
      return this.#set(index, known)
    }
    const bundle = bundleOf(entry.bundle)
    const factory = bundle.factories[entry.id]
    if (!factory) throw new Error(`bundle ${bundle.id.slice(0, 12)} has no factory for function ${entry.id}`)
    if (entry.self) this.#fill(entry.self)
    const self = entry.self?.value
    const { captures } = entry
    if (!entry.late || factory.length === 1) return this.#keep(entry, this.#set(index, factory[0].apply(self, this.#fill(captures))))
    const [, makeLate, late] = factory
    const patches = this.#patches.get(captures) ?? []
    this.#patches.delete(captures)
    for (const [, key, at] of patches) if (!late.includes(key as number)) captures[key as number] = this.#get(at)
    const [fn, setLate] = makeLate.apply(
      self,
      captures.filter((_, at) => !late.includes(at)),
    )
    this.#keep(entry, this.#set(index, fn))
    this.#later.push(() => {
      for (const [, key, at] of patches) if (late.includes(key as number)) captures[key as number] = this.#get(at)
      setLate(late.map((at) => captures[at]))
    })
    return fn
  }

  #keep(entry: Extract<Entry, { t: 'fn' }>, fn: object): object {
    keepRevived(entry.origin, fn, { entry, captures: entry.captures, self: entry.self?.value })
    return fn
  }

  /** For values that must be whole before they are used. */
  #fillDeep(value: unknown, seen: Set<unknown>): void {
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    this.#fill(value)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (Array.isArray(value) || prototype === Object.prototype) for (const member of Object.values(value)) this.#fillDeep(member, seen)
  }
}

function bundleOf(id: string): Bundle {
  const bundle = currentRuntime()?.bundles.get(id)
  if (bundle) return bundle
  throw new Error(`bundle ${id.slice(0, 12)} is not loaded in this process: driver and executors must use the same build`)
}

function readRoot(id: string, path: Path): unknown {
  const [root, ...rest] = path
  const [name, read, init] = bundleOf(id).roots[root as number]!
  init?.()
  const value = resolvePath(read(), rest)
  if (value === undefined) {
    throw new Error(
      `'${[name, ...rest.map(String)].join('.')}' does not exist in this process: what a module does at its top level must not depend on where it runs`,
    )
  }
  return value
}

function resolvePath(start: unknown, path: Path): unknown {
  let value = start as Record<string | symbol, unknown>
  for (const key of path)
    value = value[typeof key === 'object' ? ((Symbol as unknown as Record<string, symbol>)[key.symbol] as symbol) : String(key)] as typeof value
  return value
}

function defineAll(target: object, props: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(props)) Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}
