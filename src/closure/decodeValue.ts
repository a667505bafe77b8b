import { deserializeOwned } from './deserializeOwned.js'
import { PLAIN } from './encodeValue.js'
import type { Payload } from './payload.js'
import { ValueReader } from './valueReader.js'

/** The inverse of `encodeValue`. The result shares no memory with the bytes. */
export function decodeValue(bytes: Uint8Array): unknown {
  const data = deserializeOwned(bytes.subarray(1))
  return bytes[0] === PLAIN ? data : new ValueReader(data as Payload).read()
}
