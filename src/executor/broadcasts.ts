import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { decodeValue } from '../closure/decodeValue.js'
import { registerHandle } from '../closure/handles.js'
import { TsparkError } from '../events/tsparkError.js'
import { type AccumulatorHandle, type AnyAccumulator, accumulatorOf } from '../rdd/accumulatorCodec.js'
import { Broadcast } from '../rdd/broadcast.js'
import type { LocalDirs } from '../storage/localDirs.js'

/** Shared variables as tasks see them: broadcast values, decoded once a slot, and the accumulators of the running task. */
export class Broadcasts {
  readonly #values = new Map<string, unknown>()
  #accumulators = new Map<number, AnyAccumulator>()

  constructor(readonly dirs: LocalDirs) {}

  install(): void {
    registerHandle('broadcast', (data) => {
      const { id, hash } = data as { id: number; hash: string }
      return new Broadcast(id, hash, { value: () => this.#value(hash), unpersist: notInTasks, destroy: notInTasks })
    })
    registerHandle('accumulator', (data) => {
      const handle = data as AccumulatorHandle
      let accumulator = this.#accumulators.get(handle.id)
      if (!accumulator) {
        accumulator = accumulatorOf(handle)
        this.#accumulators.set(handle.id, accumulator)
      }
      return accumulator
    })
  }

  /** A task begins: its accumulators start from nothing. */
  begin(): void {
    if (this.#accumulators.size > 0) this.#accumulators = new Map()
  }

  /** What the task added. */
  get touched(): [number, AnyAccumulator][] {
    return [...this.#accumulators].filter(([, accumulator]) => !accumulator.isZero)
  }

  /** Its file is gone; a stage that uses it again has it fetched first. */
  forget(hash: string): void {
    this.#values.delete(hash)
  }

  /** The bytes of a blob, verified. */
  read(hash: string): Uint8Array {
    const path = this.dirs.find('blobs', hash)
    const bytes = readFileSync(path)
    if (createHash('sha256').update(bytes).digest('hex') !== hash) {
      throw new TsparkError('TSPARK_CHECKSUM', `checksum mismatch: ${path} is not what was sent`)
    }
    return bytes
  }

  #value(hash: string): unknown {
    if (!this.#values.has(hash)) this.#values.set(hash, (decodeValue(this.read(hash)) as { value: unknown }).value)
    return this.#values.get(hash)
  }
}

function notInTasks(): never {
  throw new TsparkError('TSPARK_CONTEXT', 'a broadcast is unpersisted or destroyed in main, not in a task')
}
