import type { StagePlan } from '../plan/jobPlan.js'
import type { Compression, CompressionCodec } from '../protocol/executorMessages.js'

/** Says once that zstd was asked for where an executor whose Node does not have it is about to compress. */
export class CodecWarning {
  readonly #without = new Set<string>()
  #told = false

  constructor(
    readonly codec: CompressionCodec,
    readonly warn: (text: string) => void,
  ) {}

  executorReady(executorId: string, zstd: boolean): void {
    if (this.codec === 'zstd' && !zstd) this.#without.add(executorId)
  }

  /** An executor gets its first task of a stage. */
  stage(executorId: string, host: string | undefined, plan: Pick<StagePlan, 'shuffleId' | 'shuffles' | 'caches'>, compression: Compression): void {
    if (this.#told || !this.#without.has(executorId)) return
    const writes = plan.shuffleId !== undefined
    // what is sorted or put together by key, and may spill, comes from a shuffle or goes to one
    const compresses = (writes && compression.shuffle) || ((writes || plan.shuffles.length > 0) && compression.spill) || (plan.caches && compression.rdd)
    if (!compresses) return
    this.#told = true
    this.warn(
      `spark.io.compression.codec=zstd: executor ${executorId}${host === undefined ? '' : ` on ${host}`} has a Node without zstd and compresses by lz4; ` +
        'Node 22.15 and newer have it, and spark.io.compression.codec=lz4 says what is done here',
    )
  }
}
