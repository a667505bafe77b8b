import type { Lineage } from '../plan/lineage/lineage.js'
import { ObjectFiles } from '../plan/lineage/sources.js'
import { listObjectFiles } from '../sources/listInput.js'
import { OutputCommitter } from '../sources/outputCommitter.js'
import type { Internals } from './internals.js'

/** Writes a lineage's records below the checkpoint directory and lets the files stand for it. */
export async function checkpointFiles(internals: Internals, lineage: Lineage, dir: string, signal: AbortSignal | undefined): Promise<void> {
  const path = `${dir}/${internals.runner.applicationId}/rdd-${lineage.id}`
  const output = OutputCommitter.prepare(path, { single: false, compression: 'none' })
  try {
    const parts = await internals.run({
      lineage,
      operation: 'checkpoint',
      action: { terminal: () => ({ kind: 'saveObjects', staging: output.staging }), functions: [] },
      decode: (bytes) => internals.decode(bytes) as string,
      options: { signal },
    })
    await output.commit(parts)
  } catch (error) {
    await output.abort()
    throw error
  }
  const files = new ObjectFiles(lineage.origin, () => listObjectFiles(path))
  files.name = path
  lineage.checkpoint = files
}
