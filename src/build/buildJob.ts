import { createHash } from 'node:crypto'
import { accessSync, constants, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageVersion } from '../cli/packageVersion.js'
import { TsparkError } from '../events/tsparkError.js'
import type { Artifact } from '../protocol/submitMessages.js'
import { BuildCache } from './buildCache.js'
import type { Diagnostic } from './transform/diagnostic.js'

export interface BuildOptions {
  /** absolute path */
  jobFile: string
  /** default: below the user's cache folder */
  cacheDir?: string
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
export async function buildJob({ jobFile, cacheDir }: BuildOptions): Promise<BuildResult> {
  const started = performance.now()
  checkJobFile(jobFile)
  const cache = new BuildCache(cacheDir)
  const key = createHash('sha256')
    .update(JSON.stringify([packageVersion, process.versions.node, jobFile, process.cwd()]))
    .digest('hex')
    .slice(0, 32)
  const seconds = (): number => (performance.now() - started) / 1000
  const found = cache.find(key)
  if (found) return { ...found, cached: true, seconds: seconds(), dispose: () => {} }
  const { bundleJob } = await import('./bundleJob.js')
  const { build, files } = await bundleJob(jobFile, watchedPlaces(jobFile))
  const kept = cache.keep(key, build, files)
  return { ...kept, cached: false, seconds: seconds(), warnings: build.warnings }
}

/** Files beside the job that change how it is built, whether they are there or not. */
function watchedPlaces(jobFile: string): string[] {
  const places: string[] = []
  for (let folder = dirname(jobFile); ; folder = dirname(folder)) {
    places.push(join(folder, 'tsconfig.json'), join(folder, 'package.json'))
    if (folder === dirname(folder)) return places
  }
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
