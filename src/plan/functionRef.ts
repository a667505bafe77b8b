/**
 * A function in a stage program: the user's own, shipped (index into the program's payloads), or one of the engine's by
 * name (engineFunctions.ts) with plain arguments and functions of its own.
 */
export type FunctionRef = { readonly user: number } | { readonly engine: string; readonly args: readonly unknown[]; readonly fns: readonly FunctionRef[] }

/** A function as the lineage holds it, before its payload has a place in a program. */
export type FunctionSpec =
  | { readonly payload: Uint8Array; readonly name: string; readonly handles: readonly { type: string; data: unknown }[] }
  | { readonly engine: string; readonly args: readonly unknown[] | (() => readonly unknown[]); readonly fns: readonly FunctionSpec[] }

/** One of the engine's functions, with arguments that are plain data (user values go in encoded) or are known only at planning. */
export function engine(name: string, args: readonly unknown[] | (() => readonly unknown[]) = [], fns: readonly FunctionSpec[] = []): FunctionSpec {
  return { engine: name, args, fns }
}
