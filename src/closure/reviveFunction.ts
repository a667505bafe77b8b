import { deserialize } from 'node:v8'
import type { Payload } from './payload.js'
import { ValueReader } from './valueReader.js'

/** A shipped function, alive again with copies of what it captured; a promise only if a module must be loaded first. */
// biome-ignore lint/suspicious/noExplicitAny: what the user shipped can have any shape
export function reviveFunction(payload: Uint8Array): ((...args: any[]) => any) | Promise<(...args: any[]) => any> {
  // V8 gives views of its input: a payload that is decoded again needs its own copy each time
  const reader = new ValueReader(deserialize(Buffer.from(payload)) as Payload)
  const lazy = reader.lazyModules()
  // biome-ignore lint/suspicious/noExplicitAny: see above
  const revive = (): ((...args: any[]) => any) => reader.read() as (...args: any[]) => any
  return lazy.length > 0 ? Promise.all(lazy).then(revive) : revive()
}
