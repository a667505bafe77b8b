import type { TaskHost } from '../taskHost.js'

/** What compiled stages need besides the task's host: the codecs, which live in other rooms. */
export interface TaskEnvironment {
  readonly host: TaskHost
  encodeValue(value: unknown): Uint8Array
  decodeValue(bytes: Uint8Array): unknown
  encodeRecords(records: readonly unknown[]): Uint8Array
  decodeRecords(bytes: Uint8Array): unknown[]
}
