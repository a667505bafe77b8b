// A value on its way: plain data as v8 writes them, and records for what needs more than that. Where a record belongs the
// data have `undefined`, and a patch says which one.

export type Path = readonly (string | number | { symbol: string })[]

/** Something every process has, by name. */
export type Named = { t: 'root'; bundle: string; path: Path } | { t: 'global'; path: Path } | { t: 'builtin'; path: Path }

/** numbers point to other records */
export type Entry =
  | Named
  | { t: 'symbol'; key?: string; wellKnown?: string }
  | { t: 'handle'; type: string; data: unknown }
  | { t: 'map' | 'set'; items: unknown[] }
  | { t: 'url'; href: string }
  | { t: 'bare'; props: Record<string, unknown> }
  | { t: 'instance'; class: number; props: Record<string, unknown> }
  | { t: 'error'; class: number; message: string; stack: string | undefined; props: Record<string, unknown> }
  | { t: 'custom'; class: number; holder: { data: unknown } }
  | { t: 'bound'; fn: number; args: unknown[] }
  | { t: 'member'; class: number; name: string; isStatic: boolean }
  | { t: 'fn'; bundle: string; id: number; captures: unknown[]; self?: { value: unknown }; late?: true; origin?: string }

export type Patch = [container: object, key: string | number, entry: number]

/** Also for members named `__proto__`, which are members here like any other. */
export function setOwn(target: object, key: string | number, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  else (target as Record<string | number, unknown>)[key] = value
}

export interface Payload {
  entries: Entry[]
  patches: Patch[]
  root: { value: unknown }
}
