import type { Entry } from './payload.js'

/** What a class that is declared inside a function was made from. */
export interface ClassSource {
  readonly entry: Extract<Entry, { t: 'fn' }>
  readonly captures: readonly unknown[]
  readonly self: unknown
}

const byOrigin = new Map<string, object>()
const origins = new WeakMap<object, string>()
const sources = new WeakMap<object, ClassSource>()
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

/** Remembers a class that was revived, so that its instances can be sent on. */
export function keepClass(origin: string, own: object, source: ClassSource): void {
  byOrigin.set(origin, own)
  origins.set(own, origin)
  sources.set(own, source)
}

export function sourceOf(own: object): ClassSource | undefined {
  return sources.get(own)
}
