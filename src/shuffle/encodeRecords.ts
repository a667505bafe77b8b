import { encodeBatch } from './frame.js'

const BATCH = 4096

/** Records as frames one after the other. */
export function encodeRecords(records: readonly unknown[]): Uint8Array {
  if (records.length <= BATCH) return records.length === 0 ? new Uint8Array(0) : encodeBatch(records)
  const frames: Uint8Array[] = []
  for (let at = 0; at < records.length; at += BATCH) frames.push(encodeBatch(records.slice(at, at + BATCH)))
  return Buffer.concat(frames)
}
