import { crc32 } from 'node:zlib'
import { decode, Encoder, encode } from '@msgpack/msgpack'
import * as v from 'valibot'
import { TsparkError } from '../events/tsparkError.js'

const options = { ignoreUndefined: true, useBigInt64: false } as const

/** One message as the bytes of one WebSocket frame (MessagePack; binary fields stay binary). */
export function encodeMessage(message: object): Uint8Array<ArrayBuffer> {
  return encode(message, options)
}

const CHECKSUM_BYTES = 4

/**
 * A message between driver and executor, whose worker hands it on unread: with a checksum at its end. Results and programs
 * ride in these, and the checksums of TCP let one damaged segment of 65,536 pass.
 */
export function sealMessage(message: object): Uint8Array<ArrayBuffer> {
  const encoded = new Encoder(options).encodeSharedRef(message)
  const sealed = new Uint8Array(encoded.byteLength + CHECKSUM_BYTES)
  sealed.set(encoded)
  new DataView(sealed.buffer).setUint32(encoded.byteLength, crc32(encoded))
  return sealed
}

/** The inverse of `sealMessage`. @throws `TSPARK_CHECKSUM` if the bytes are not those that were sent */
export function openMessage<S extends v.GenericSchema>(schema: S, sealed: Uint8Array): v.InferOutput<S> {
  const end = sealed.byteLength - CHECKSUM_BYTES
  const encoded = sealed.subarray(0, Math.max(0, end))
  if (end < 0 || new DataView(sealed.buffer, sealed.byteOffset).getUint32(end) !== crc32(encoded)) {
    throw new TsparkError('TSPARK_CHECKSUM', 'checksum mismatch: a message is not what was sent')
  }
  return decodeMessage(schema, encoded)
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
