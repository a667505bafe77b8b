import type { SparkContext } from './sparkContext.js'

/** What a job's main gets. A plain object: destructure it or not. */
export interface JobContext {
  /** makes RDDs */
  readonly sc: SparkContext
  /** the words after the job file and after `--`, unchanged */
  readonly args: readonly string[]
  /** aborted when the run is cancelled (Ctrl-C, SIGTERM, `--timeout`) */
  readonly signal: AbortSignal
}

/** A job's main. The run ends when its promise settles. */
export type JobMain = (context: JobContext) => unknown

/**
 * Types a job's main: `export default defineJob(async ({ sc, args, signal }) => { … })`. Gives the function back; a plain
 * default-exported function works too.
 */
export function defineJob<M extends JobMain>(main: M): M {
  return main
}
