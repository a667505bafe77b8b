import type { Entry } from './payload.js'

/** What a function or local class was made from when it was revived. */
export interface FunctionSource {
  readonly entry: Extract<Entry, { t: 'fn' }>
  readonly captures: readonly unknown[]
  readonly self: unknown
}

const byOrigin = new Map<string, object>()
const origins = new WeakMap<object, string>()
const sources = new WeakMap<object, FunctionSource>()
let next = 0

/** A name for a local class of the driver, under which its instances find it again wherever they go. */
export function originOf(own: object): string {
  let origin = origins.get(own)
  if (origin === undefined) {
    origin = `${next++}`
    origins.set(own, origin)
    byOrigin.set(origin, own)
  }
  return origin
}

/** The class of this process for an origin: in the driver the original itself. */
export function classOf(origin: string): object | undefined {
  return byOrigin.get(origin)
}

/** Remembers what was revived: classes, so that their instances can be sent on, and the functions that classes capture. */
export function keepRevived(origin: string | undefined, fn: object, source: FunctionSource): void {
  sources.set(fn, source)
  if (origin === undefined) return
  byOrigin.set(origin, fn)
  origins.set(fn, origin)
}

export function sourceOf(fn: object): FunctionSource | undefined {
  return sources.get(fn)
}
