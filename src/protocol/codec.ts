import { decode, encode } from '@msgpack/msgpack'
import * as v from 'valibot'
import { TsparkError } from '../events/tsparkError.js'

const options = { ignoreUndefined: true, useBigInt64: false } as const

/** One message as the bytes of one WebSocket frame (MessagePack; binary fields stay binary). */
export function encodeMessage(message: object): Uint8Array<ArrayBuffer> {
  return encode(message, options)
}

/** Decodes and validates one frame; what does not fit the schema is refused, never half read. */
export function decodeMessage<S extends v.GenericSchema>(schema: S, frame: Uint8Array): v.InferOutput<S> {
  let raw: unknown
  try {
    // A length that the frame cannot hold would be allocated before it is missed.
    raw = decode(frame, { ...options, maxArrayLength: frame.length, maxMapLength: frame.length })
  } catch (cause) {
    throw new TsparkError('TSPARK_PROTOCOL', 'a message could not be decoded', { cause })
  }
  const result = v.safeParse(schema, raw)
  if (result.success) return result.output
  const issue = result.issues[0]
  throw new TsparkError('TSPARK_PROTOCOL', `a message is malformed at '${v.getDotPath(issue) ?? '(root)'}': ${issue.message}`)
}
