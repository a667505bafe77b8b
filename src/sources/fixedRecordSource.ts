import { closeSync, openSync, readSync } from 'node:fs'
import { TsparkError } from '../events/tsparkError.js'
import type { BatchSource } from '../plan/batchSource.js'
import type { FileSplit } from '../plan/taskHost.js'
import { unreadable } from './listInput.js'
import type { InputMetrics } from './textSource.js'

const CHUNK = 1 << 20

/** The records of a byte range whose length is a multiple of theirs. */
export class FixedRecordSource implements BatchSource<Uint8Array> {
  readonly #fd: number
  #at: number

  constructor(
    readonly split: FileSplit,
    readonly recordLength: number,
    readonly metrics: InputMetrics,
  ) {
    this.#at = split.start
    try {
      this.#fd = openSync(split.path, 'r')
    } catch (error) {
      throw unreadable(split.path, error)
    }
  }

  next(): readonly Uint8Array[] | null {
    const { split, recordLength, metrics } = this
    const left = split.start + split.length - this.#at
    if (left <= 0) return null
    // memory of its own: records may be kept
    const bytes = Buffer.allocUnsafeSlow(Math.min(left, Math.max(1, Math.floor(CHUNK / recordLength)) * recordLength))
    this.#fill(bytes)
    this.#at += bytes.length
    metrics.inputBytes += bytes.length
    const records: Uint8Array[] = []
    for (let at = 0; at < bytes.length; at += recordLength) records.push(new Uint8Array(bytes.subarray(at, at + recordLength)))
    metrics.inputRecords += records.length
    return records
  }

  close(): void {
    closeSync(this.#fd)
  }

  #fill(bytes: Buffer): void {
    for (let got = 0; got < bytes.length; ) {
      let read: number
      try {
        read = readSync(this.#fd, bytes, got, bytes.length - got, this.#at + got)
      } catch (error) {
        throw unreadable(this.split.path, error)
      }
      if (read === 0) throw new TsparkError('TSPARK_INPUT', `input ${this.split.path} became shorter while it was read`)
      got += read
    }
  }
}
