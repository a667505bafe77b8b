import { inspect, types } from 'node:util'
import { capturesOf } from './captures.js'
import type { UnitMeta } from './closureMeta.js'
import { hasNamedMembers } from './hasNamedMembers.js'
import { inspectFunction } from './inspectFunction.js'
import { currentRuntime } from './installRuntime.js'
import { instanceProblem, NATIVE } from './instanceProblem.js'
import { type Marked, markOf, sourceFileOf } from './marked.js'
import { type Entry, type Patch, type Payload, setOwn } from './payload.js'
import { type FunctionSource, originOf, sourceOf } from './revived.js'

export const SERIALIZE = Symbol.for('tspark.serialize')
export const DESERIALIZE = Symbol.for('tspark.deserialize')
/** A method that gives an array: what stands for one, but is not in memory. */
export const LIST = Symbol.for('tspark.list')
export const HANDLE = Symbol.for('tspark.handle')
export const FORBID = Symbol.for('tspark.forbid')

/** Why a value cannot be shipped, and where in it. */
export class UnshippableError extends Error {
  constructor(
    readonly path: readonly string[],
    readonly why: string,
    readonly hint: string | undefined,
  ) {
    super(`${path.join(' → ')} ${why}`)
  }
}

/** Turns a function or value into data that another process with the same bundle can turn back. */
export class ValueWriter {
  readonly #entries: Entry[] = []
  readonly #patches: Patch[] = []
  /** what was met: the number of its entry, or its copy */
  readonly #seen = new Map<unknown, number | { copy: object }>()
  /** functions that are being written, for cycles */
  readonly #open: { entry: number; isLateCapture: boolean }[] = []
  readonly #path: string[] = []
  readonly handles: { type: string; data: unknown }[] = []

  /** @param functions whether functions may occur: in closures, not in records */
  constructor(
    private functions: boolean,
    readonly rootLabel?: string,
  ) {}

  write(value: unknown): Payload {
    const root = { value: undefined as unknown }
    try {
      this.#put(root, 'value', value, this.rootLabel)
    } catch (error) {
      if (error instanceof RangeError && /call stack/i.test(error.message)) {
        throw new UnshippableError(this.#path.slice(0, 3), 'is nested too deeply (a long linked list?)', 'use an array')
      }
      throw error
    }
    return { entries: this.#entries, patches: this.#patches, root }
  }

  #fail(why: string, hint?: string): never {
    const brought = this.#path.find((each) => each.startsWith('[class '))
    const more = brought ? `the instance brings its class: move ${brought.slice(1, -1)} to module level if that is not wanted` : undefined
    throw new UnshippableError([...this.#path], why, [hint, more].filter(Boolean).join('; ') || undefined)
  }

  #put(container: object, key: string | number, value: unknown, label: string | undefined): void {
    const isSpecial = typeof value === 'symbol' || typeof value === 'function' || (typeof value === 'object' && value !== null)
    if (!isSpecial) {
      setOwn(container, key, value)
      return
    }
    setOwn(container, key, undefined)
    if (label !== undefined) this.#path.push(label)
    const written =
      typeof value === 'symbol'
        ? this.#symbol(value)
        : typeof value === 'function'
          ? this.#function(value as () => unknown)
          : this.#objectOrName(value as object)
    if (label !== undefined) this.#path.pop()
    if (typeof written === 'number') this.#patches.push([container, key, written])
    else setOwn(container, key, written.copy)
  }

  #add(entry: Entry, value?: unknown): number {
    const index = this.#entries.push(entry) - 1
    if (value !== undefined) this.#seen.set(value, index)
    return index
  }

  #copyOf<C extends object>(value: object, copy: C): { copy: C } {
    const kept = { copy }
    this.#seen.set(value, kept)
    return kept
  }

  #symbol(value: symbol): number {
    const known = this.#seen.get(value)
    if (typeof known === 'number') return known
    const key = Symbol.keyFor(value)
    if (key !== undefined) return this.#add({ t: 'symbol', key }, value)
    const named = currentRuntime()?.names.find(value)
    if (named) return this.#add(named, value)
    const wellKnown = value.description?.startsWith('Symbol.') ? value.description.slice('Symbol.'.length) : ''
    if ((Symbol as unknown as Record<string, unknown>)[wellKnown] === value) return this.#add({ t: 'symbol', wellKnown }, value)
    return this.#fail(`is a unique symbol (${String(value)}), which means nothing in another process`, 'use Symbol.for(…) or a string')
  }

  // --- objects

  /** A module-level constant goes by its present value if it can be copied, else by its name. */
  #objectOrName(value: object): number | { copy: object } {
    const known = this.#seen.get(value)
    if (known !== undefined) return known
    if (!this.functions || !currentRuntime()?.names.isRoot(value)) return this.#object(value)
    const before = {
      entries: this.#entries.length,
      patches: this.#patches.length,
      path: this.#path.length,
      open: this.#open.length,
      seen: new Set(this.#seen.keys()),
    }
    try {
      return this.#object(value)
    } catch (error) {
      if (!(error instanceof UnshippableError)) throw error
      for (const key of this.#seen.keys()) if (!before.seen.has(key)) this.#seen.delete(key)
      this.#entries.length = before.entries
      this.#patches.length = before.patches
      this.#path.length = before.path
      this.#open.length = before.open
      return this.#add(currentRuntime()!.names.find(value)!, value)
    }
  }

  #object(value: object): number | { copy: object } {
    const forbidden: unknown = (value as Record<symbol, unknown>)[FORBID]
    if (forbidden)
      this.#fail(
        `is ${String(forbidden)}, which exists only in the driver`,
        forbidden === 'an RDD' ? 'collect() it and broadcast() the result, or join() the two' : 'use it in main only',
      )
    const handle: unknown = (value as Record<symbol, unknown>)[HANDLE]
    if (typeof handle === 'function') {
      const [type, data] = handle.call(value) as [string, unknown]
      this.handles.push({ type, data })
      return this.#add({ t: 'handle', type, data }, value)
    }
    const prototype: unknown = Object.getPrototypeOf(value)
    if (Array.isArray(value) && prototype === Array.prototype) return this.#array(value)
    if (prototype === Object.prototype || prototype === null) return this.#plainObject(value)
    const list: unknown = (value as Record<symbol, unknown>)[LIST]
    if (typeof list === 'function') return this.#array(list.call(value) as unknown[])
    if (typeof (value as Record<symbol, unknown>)[SERIALIZE] === 'function') return this.#custom(value)
    return this.#builtIn(value, prototype) ?? this.#instance(value, prototype as object)
  }

  #array(value: unknown[]): { copy: object } {
    if (!value.some(isSpecialValue) && !hasNamedMembers(value)) return this.#copyOf(value, value)
    const kept = this.#copyOf(value, new Array<unknown>(value.length))
    for (const key of Object.keys(value)) this.#put(kept.copy, key, (value as unknown as Record<string, unknown>)[key], `[${key}]`)
    return kept
  }

  #plainObject(value: object): number | { copy: object } {
    const named = this.functions ? this.#namedObject(value) : undefined
    if (named !== undefined) return named
    if (Object.getPrototypeOf(value) === null) {
      const entry: Entry = { t: 'bare', props: {} }
      const index = this.#add(entry, value)
      this.#members(entry.props, value)
      return index
    }
    const kept = this.#copyOf(value, {})
    this.#members(kept.copy, value)
    return kept
  }

  #members(container: object, value: object): void {
    for (const key of Object.keys(value)) this.#put(container, key, (value as Record<string, unknown>)[key], `.${key}`)
  }

  /** JSON, Math and the like look like plain objects and are empty. */
  #namedObject(value: object): number | undefined {
    const isOrdinary = Object.prototype.toString.call(value) === '[object Object]' && !types.isModuleNamespaceObject(value)
    if (isOrdinary && !currentRuntime()?.names.isBuiltin(value)) return undefined
    const named = currentRuntime()?.names.find(value)
    return named && this.#add(named, value)
  }

  #custom(value: object): number {
    const entry: Entry = { t: 'custom', class: 0, holder: { data: undefined } }
    const index = this.#add(entry, value)
    entry.class = this.#class(value.constructor as () => unknown)
    const data = (value as unknown as Record<symbol, () => unknown>)[SERIALIZE]!()
    this.#put(entry.holder, 'data', data, '[tspark.serialize]()')
    return index
  }

  #builtIn(value: object, prototype: unknown): number | { copy: object } | undefined {
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) {
      const buffer = ArrayBuffer.isView(value) ? value.buffer : value
      if (types.isSharedArrayBuffer(buffer)) this.#fail('lies in a SharedArrayBuffer, which cannot leave its process', 'copy it')
      return this.#copyOf(value, value)
    }
    if (prototype === Date.prototype || prototype === RegExp.prototype || (types.isBoxedPrimitive(value) && !types.isSymbolObject(value)))
      return this.#copyOf(value, value)
    if (prototype === Map.prototype || prototype === Set.prototype) return this.#collection(value as Map<unknown, unknown> | Set<unknown>)
    if (prototype === URL.prototype) return this.#add({ t: 'url', href: (value as URL).href }, value)
    const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
    if (types.isPromise(value)) this.#fail('is a Promise', this.functions ? 'await it in main and capture the result' : 'use mapAsync for functions that wait')
    if (types.isGeneratorObject(value) || / Iterator$/.test(tag)) this.#fail(`is a running ${tag}`, 'make an array of it: [...it]')
    if (types.isWeakMap(value) || types.isWeakSet(value) || tag === 'WeakRef') this.#fail(`is a ${tag}`)
    return undefined
  }

  #collection(value: Map<unknown, unknown> | Set<unknown>): number {
    const items: unknown[] = []
    const isMap = value instanceof Map
    const index = this.#add({ t: isMap ? 'map' : 'set', items }, value)
    for (const [key, member] of value.entries()) {
      this.#put(items, items.push(undefined) - 1, key, isMap ? '.keys()' : '.values()')
      if (isMap) this.#put(items, items.push(undefined) - 1, member, `.get(${inspect(key, { depth: 0 })})`)
    }
    return index
  }

  #instance(value: object, prototype: object): number {
    const own: unknown = Object.hasOwn(prototype, 'constructor') ? prototype.constructor : undefined
    const name = typeof own === 'function' ? own.name : Object.prototype.toString.call(value)
    const byName = (): number | undefined => {
      const named = this.functions ? currentRuntime()?.names.find(value) : undefined
      return named && this.#add(named, value)
    }
    if (typeof own !== 'function' || own.prototype !== prototype)
      return byName() ?? this.#fail(`is an object with a prototype of its own (${name})`, 'use plain data')
    if (types.isNativeError(value)) return this.#error(value as Error, own as () => unknown)
    const problem = instanceProblem(own as () => unknown)
    if (problem)
      return byName() ?? this.#fail(`is an instance of ${name}, ${problem}`, 'take the plain values out of it, or give it [Symbol.for("tspark.serialize")]()')
    const entry: Entry = { t: 'instance', class: 0, props: {} }
    const index = this.#add(entry, value)
    entry.class = this.#class(own as () => unknown)
    this.#members(entry.props, value)
    return index
  }

  #error(value: Error, own: () => unknown): number {
    const entry: Entry = { t: 'error', class: 0, message: value.message, stack: value.stack, props: {} }
    const index = this.#add(entry, value)
    entry.class = this.#class(own)
    for (const key of Object.getOwnPropertyNames(value)) {
      if (key !== 'message' && key !== 'stack') this.#put(entry.props, key, (value as unknown as Record<string, unknown>)[key], `.${key}`)
    }
    return index
  }

  #class(own: () => unknown): number {
    this.#path.push(`[class ${own.name}]`)
    // what a class captures is code as much as data
    const before = this.functions
    this.functions = true
    const index = this.#function(own)
    this.functions = before
    this.#path.pop()
    return index
  }

  // --- functions

  #function(fn: () => unknown): number {
    const known = this.#seen.get(fn)
    if (typeof known === 'number') {
      this.#closeCycle(known)
      return known
    }
    if (!this.functions) this.#fail(`is a function`, 'records are data; call the function and keep its result')
    const named = currentRuntime()?.names.find(fn)
    if (named) return this.#add(named, fn)
    const source = sourceOf(fn)
    if (source) return this.#revived(fn, source)
    const marked = markOf(fn)
    if (currentRuntime()?.role === 'executor') return this.#madeInTask(fn, marked)
    if (marked) return this.#marked(fn, marked)
    const text = Function.prototype.toString.call(fn)
    const { bound, location } = inspectFunction(fn)
    if (bound) return this.#bound(fn, bound)
    if (NATIVE.test(text)) return this.#fail('is a function of the engine that has no name', 'wrap it in an arrow function')
    const file = location && sourceFileOf(location)
    return this.#fail(
      `was made by code that is not part of the job's own files${file ? ` (${file})` : ''}`,
      'make it at module level, or inside the function that uses it',
    )
  }

  /** Met again while it is being written: the edge that can be set afterwards is marked. */
  #closeCycle(index: number): void {
    const at = this.#open.findIndex(({ entry }) => entry === index)
    if (at < 0) return
    const late = this.#open.slice(at).find(({ isLateCapture }) => isLateCapture)
    if (!late) return
    const entry = this.#entries[late.entry]
    if (entry?.t === 'fn') entry.late = true
  }

  #bound(fn: () => unknown, { target, self, args }: { target: unknown; self: unknown; args: unknown[] }): number {
    const entry: Entry = { t: 'bound', fn: 0, args: [] }
    const index = this.#add(entry, fn)
    this.#path.push('[bound function]')
    entry.fn = this.#function(target as () => unknown)
    this.#path.pop()
    for (const [at, value] of [self, ...args].entries()) this.#put(entry.args, at, value, at === 0 ? '[bound this]' : `[bound argument ${at}]`)
    return index
  }

  #marked(fn: () => unknown, { bundle, id }: Marked): number {
    const meta = bundle.unit(id)
    if (meta.member) return this.#member(fn, meta)
    if (meta.problem) {
      const hint = meta.problem.startsWith('the private')
        ? 'copy the value to a local const first'
        : 'write it as an arrow function or a function at module level'
      this.#fail(`uses ${meta.problem} (${meta.at}), which cannot be shipped`, hint)
    }
    if (meta.assigns) {
      const { name, at } = meta.assigns
      this.#fail(
        `assigns the captured variable '${name}' (${at}); executors work on copies, so the driver's '${name}' would never change`,
        'use sc.longAccumulator() to count, or give the value back and reduce(); // tspark-local on the line allows a copy for each task',
      )
    }
    const entry: Extract<Entry, { t: 'fn' }> = { t: 'fn', bundle: bundle.id, id, captures: [] }
    if (meta.isClass) entry.origin = originOf(fn)
    const index = this.#add(entry, fn)
    if (meta.captures || meta.usesThis || meta.usesArguments) this.#captures(fn, entry, index, meta)
    return index
  }

  /** What a class captures is not recorded in tasks, so one that a task declares must do without. */
  #madeInTask(fn: () => unknown, marked: Marked | undefined): number {
    if (marked?.bundle.factories[marked.id]?.[0].length !== 0) this.#fail('is declared by a task', `move class ${fn.name} to module level`)
    const { bundle, id } = marked
    return this.#add({ t: 'fn', bundle: bundle.id, id, captures: [], origin: `${bundle.id}#${id}` }, fn)
  }

  /** In an executor, what came from the driver: as it came. */
  #revived(fn: () => unknown, { entry: { bundle, id, origin, late }, captures, self }: FunctionSource): number {
    const entry: Extract<Entry, { t: 'fn' }> = { t: 'fn', bundle, id, captures: [], origin, late }
    const index = this.#add(entry, fn)
    for (const [at, value] of captures.entries()) this.#put(entry.captures, at, value, `capture ${at}`)
    if (self !== undefined) {
      entry.self = { value: undefined }
      this.#put(entry.self, 'value', self, 'this')
    }
    return index
  }

  #captures(fn: () => unknown, entry: Extract<Entry, { t: 'fn' }>, index: number, meta: UnitMeta): void {
    const thunk = capturesOf(fn)
    if (!thunk) this.#fail(`was made where its captured variables are not recorded (${meta.at})`, 'assign it to a const first')
    let values: unknown[]
    try {
      values = thunk!()
    } catch (error) {
      if (error instanceof ReferenceError) this.#fail(`captures a variable that is not initialised yet: ${error.message} (${meta.at})`)
      throw error
    }
    const open = { entry: index, isLateCapture: false }
    this.#open.push(open)
    const names = meta.captures ?? []
    let parameter = 0
    for (const [at, { name, shown, at: declared }] of names.entries()) {
      if (name === meta.selfName) continue
      open.isLateCapture = meta.late?.includes(parameter) === true
      this.#put(entry.captures, parameter++, values[at], `captured variable '${shown}' (${declared})`)
    }
    open.isLateCapture = false
    if (meta.usesArguments) this.#put(entry.captures, parameter++, Array.from(values[names.length] as ArrayLike<unknown>), 'arguments')
    if (meta.usesThis) {
      entry.self = { value: undefined }
      this.#put(entry.self, 'value', values.at(-1), `captured 'this' (${meta.at})`)
    }
    this.#open.pop()
  }

  /** A method that was taken out of its class. */
  #member(fn: () => unknown, meta: UnitMeta): number {
    const { name, isStatic, kind } = meta.member!
    const holder = name !== undefined && kind === 'method' ? currentRuntime()?.names.classWith(fn, name, isStatic) : undefined
    if (!holder) this.#fail(`is the method '${meta.name}' of a class that is not at module level (${meta.at})`, 'pass an arrow function: x => obj.method(x)')
    const entry: Entry = { t: 'member', class: 0, name: name!, isStatic }
    const index = this.#add(entry, fn)
    entry.class = this.#function(holder as () => unknown)
    return index
  }
}

function isSpecialValue(value: unknown): boolean {
  return typeof value === 'symbol' || typeof value === 'function' || (typeof value === 'object' && value !== null)
}
