import { joinArrays } from '../plan/joinArrays.js'
import { decodeBatch } from './frame.js'

/** The records of frames that lie one after the other. */
export function decodeRecords(bytes: Uint8Array): unknown[] {
  if (bytes.byteLength === 0) return []
  let { records, next } = decodeBatch(bytes, 0)
  if (next >= bytes.byteLength) return records
  const parts = [records]
  while (next < bytes.byteLength) {
    ;({ records, next } = decodeBatch(bytes, next))
    parts.push(records)
  }
  return joinArrays(parts)
}
