import { TsparkError } from '../events/tsparkError.js'
import type { JobMain } from '../rdd/defineJob.js'

/** The job's main: its default export, also of a CommonJS module. */
export function mainOf(module: unknown, jobFile: string): JobMain {
  const first = (module as { default?: unknown }).default
  const main = typeof first === 'object' && first !== null && 'default' in first ? first.default : first
  if (typeof main === 'function') return main as JobMain
  const what = main === undefined ? 'no default export' : `a default export that is no function (${typeof main})`
  throw new TsparkError('TSPARK_NO_MAIN', `${jobFile} has ${what}`, { hint: 'export default defineJob(async ({ sc, args }) => { … })' })
}
