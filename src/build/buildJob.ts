import { accessSync, constants, statSync } from 'node:fs'
import { basename } from 'node:path'
import { packageVersion } from '../cli/packageVersion.js'
import { TsparkError } from '../events/tsparkError.js'
import type { Artifact } from '../protocol/submitMessages.js'
import { BuildCache } from './buildCache.js'
import { digest } from './inputPrint.js'
import type { Diagnostic } from './transform/diagnostic.js'

export interface BuildOptions {
  /** absolute path */
  jobFile: string
  /** default: below the user's cache folder */
  cacheDir?: string
  /** packages that are not bundled but loaded where the job runs, as native ones are anyway */
  external?: string[]
}

export interface BuildResult {
  artifact: Artifact
  /** nothing had changed since an earlier build */
  cached: boolean
  seconds: number
  warnings: readonly Diagnostic[]
  /** removes what is kept for this run only */
  dispose(): void
}

/**
 * Builds a job: bundled by esbuild, made shippable, named by its content. An unchanged job comes from the cache without
 * loading esbuild or a parser.
 * @throws TSPARK_JOB_NOT_FOUND, TSPARK_BUILD, TSPARK_NO_MAIN
 */
export async function buildJob({ jobFile, cacheDir, external = [] }: BuildOptions): Promise<BuildResult> {
  const started = performance.now()
  checkJobFile(jobFile)
  const cache = new BuildCache(cacheDir)
  // the name of this file has the hash of the code that builds
  const builder = [packageVersion, basename(import.meta.url), process.versions.node]
  const key = digest(JSON.stringify([...builder, jobFile, process.cwd(), external])).slice(0, 32)
  const seconds = (): number => (performance.now() - started) / 1000
  const found = cache.find(key)
  if (found) return { ...found, cached: true, seconds: seconds(), dispose: () => {} }
  const { bundleJob } = await import('./bundleJob.js')
  const { build, files } = await bundleJob(jobFile, external)
  const kept = cache.keep(key, build, files)
  return { ...kept, cached: false, seconds: seconds(), warnings: build.warnings }
}

function checkJobFile(jobFile: string): void {
  try {
    if (statSync(jobFile).isDirectory()) throw new TsparkError('TSPARK_JOB_NOT_FOUND', `job file ${jobFile} is a folder`)
    accessSync(jobFile, constants.R_OK)
  } catch (error) {
    if (TsparkError.is(error)) throw error
    throw new TsparkError('TSPARK_JOB_NOT_FOUND', `job file ${jobFile} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}
