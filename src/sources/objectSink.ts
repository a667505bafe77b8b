import { basename, join } from 'node:path'
import { encodeBatch } from '../shuffle/frame.js'
import { FrameWriter } from '../storage/frameFile.js'

/** Writes one part of an object output under a name of the attempt's own; the driver gives it its final name. */
export class ObjectSink {
  readonly #writer: FrameWriter

  constructor(spec: { staging: string; partition: number }, taskId: number) {
    this.#writer = new FrameWriter(join(spec.staging, `.attempt-${taskId}`))
  }

  write(batch: readonly unknown[]): void {
    this.#writer.write(encodeBatch(batch))
  }

  /** Gives the name of the file. */
  commit(): string {
    this.#writer.finish()
    return basename(this.#writer.path)
  }

  abort(): void {
    this.#writer.abort()
  }
}
