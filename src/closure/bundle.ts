import type { ClosureMeta, UnitMeta } from './closureMeta.js'

export type AnyFunction = (...args: never[]) => unknown

/** A factory: gives the function for its captures; the second form lets some of them be set later. */
export type Factory =
  | [make: (...captures: unknown[]) => AnyFunction]
  | [make: (...captures: unknown[]) => AnyFunction, makeLate: (...captures: unknown[]) => [AnyFunction, (late: unknown[]) => void], late: number[]]

/** A name at module level: how to read it, and how to initialise its module if that is loaded on demand. */
export type Root = [name: string, read: () => unknown, init?: () => unknown]

interface Footer {
  f: Record<number, Factory>
  r: Root[]
}

/** A bundle that is loaded in this process. */
export class Bundle {
  #footer: Footer | undefined
  #meta: ClosureMeta | undefined

  constructor(
    readonly id: string,
    readonly load: () => Footer,
    readonly readMeta: () => ClosureMeta,
  ) {}

  get factories(): Record<number, Factory> {
    return this.#open().f
  }

  get roots(): Root[] {
    return this.#open().r
  }

  unit(id: number): UnitMeta {
    const unit = this.#known().units[id]
    if (!unit) throw new Error(`the bundle's sidecar has no function ${id}: it belongs to another build`)
    return unit
  }

  /** The file that a line of the bundle comes from. */
  fileAt(line: number): string | undefined {
    return this.#known().modules.findLast(([first]) => first <= line)?.[1]
  }

  #known(): ClosureMeta {
    this.#meta ??= this.readMeta()
    return this.#meta
  }

  #open(): Footer {
    this.#footer ??= this.load()
    return this.#footer
  }
}
