import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { TsparkError } from '../events/tsparkError.js'
import type { BatchSource } from '../plan/batchSource.js'
import { unreadable } from './listInput.js'
import type { InputMetrics } from './textSource.js'

/** Whole files as [path, content], one a batch. Paths are `file:` URLs, as Spark's. */
export class WholeFileSource implements BatchSource<[string, string | Uint8Array]> {
  #next = 0
  constructor(
    readonly paths: readonly string[],
    readonly as: 'text' | 'bytes',
    readonly metrics: InputMetrics,
  ) {}

  next(): readonly [string, string | Uint8Array][] | null {
    const path = this.paths[this.#next++]
    if (path === undefined) return null
    const raw = readWhole(path)
    this.metrics.inputBytes += raw.length
    this.metrics.inputRecords++
    const name = pathToFileURL(path).href.replace('file://', 'file:')
    if (this.as === 'bytes') return [[name, new Uint8Array(raw)]]
    const bytes = path.endsWith('.gz') ? unzip(raw, path) : raw
    const text = bytes.toString('utf8')
    return [[name, text.charCodeAt(0) === 0xfeff ? text.slice(1) : text]]
  }

  close(): void {}
}

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unzip(bytes: Buffer, path: string): Buffer {
  try {
    return gunzipSync(bytes)
  } catch (error) {
    throw new TsparkError('TSPARK_INPUT', `${path} is no complete gzip file: ${(error as Error).message}`, { cause: error })
  }
}
