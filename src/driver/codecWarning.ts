import type { CompressionCodec } from '../protocol/executorMessages.js'

/** Says once that zstd was asked for where an executor's Node does not have it. */
export class CodecWarning {
  #told = false

  constructor(
    readonly codec: CompressionCodec,
    readonly warn: (text: string) => void,
  ) {}

  executorReady(executorId: string, host: string, zstd: boolean): void {
    if (this.#told || this.codec !== 'zstd' || zstd) return
    this.#told = true
    this.warn(
      `spark.io.compression.codec=zstd: executor ${executorId} on ${host} has a Node without zstd and compresses by lz4; ` +
        'Node 22.15 and newer have it, and spark.io.compression.codec=lz4 says what is done here',
    )
  }
}
