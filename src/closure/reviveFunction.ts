import { deserializeOwned } from './deserializeOwned.js'
import { packNumbers } from './packNumbers.js'
import type { Payload } from './payload.js'
import { ValueReader } from './valueReader.js'

/** A shipped function, alive again with copies of what it captured; a promise only if a module must be loaded first. */
// biome-ignore lint/suspicious/noExplicitAny: what the user shipped can have any shape
export function reviveFunction(payload: Uint8Array): ((...args: any[]) => any) | Promise<(...args: any[]) => any> {
  const reader = new ValueReader(packNumbers(deserializeOwned(payload)) as Payload)
  const lazy = reader.lazyModules()
  // biome-ignore lint/suspicious/noExplicitAny: see above
  const revive = (): ((...args: any[]) => any) => reader.read() as (...args: any[]) => any
  return lazy.length > 0 ? Promise.all(lazy).then(revive) : revive()
}
