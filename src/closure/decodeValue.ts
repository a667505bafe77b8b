import { deserializeOwned } from './deserializeOwned.js'
import { PLAIN } from './encodeValue.js'
import { packNumbers } from './packNumbers.js'
import type { Payload } from './payload.js'
import { ValueReader } from './valueReader.js'

/** The inverse of `encodeValue`. The result shares no memory with the bytes. */
export function decodeValue(bytes: Uint8Array): unknown {
  return put(bytes, packNumbers(deserializeOwned(bytes.subarray(1))))
}

/** `decodeValue` for records, most of which are read once: looking for their arrays of numbers would cost as much as it gains. */
export function decodeRecordValues(bytes: Uint8Array): unknown {
  return put(bytes, deserializeOwned(bytes.subarray(1)))
}

function put(bytes: Uint8Array, data: unknown): unknown {
  return bytes[0] === PLAIN ? data : new ValueReader(data as Payload).read()
}
