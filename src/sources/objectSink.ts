import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { encodeBatch } from '../shuffle/frame.js'
import { FrameWriter } from '../storage/frameFile.js'
import { partName } from './partName.js'

/** Writes one part of an object output beside its final name; it counts only after `commit`. */
export class ObjectSink {
  readonly #writer: FrameWriter
  readonly #final: string

  constructor(spec: { staging: string; partition: number }, taskId: number) {
    this.#final = join(spec.staging, partName(spec.partition, ''))
    this.#writer = new FrameWriter(join(spec.staging, `.attempt-${taskId}`))
  }

  write(batch: readonly unknown[]): void {
    this.#writer.write(encodeBatch(batch))
  }

  commit(): number {
    this.#writer.finish()
    renameSync(this.#writer.path, this.#final)
    return this.#writer.bytes
  }

  abort(): void {
    this.#writer.abort()
  }
}
