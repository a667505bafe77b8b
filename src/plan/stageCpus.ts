import { plural } from '../events/plural.js'
import { TsparkError } from '../events/tsparkError.js'
import type { Lineage } from './lineage/lineage.js'

/** Cores of a stage's tasks: what its lineages ask for, all the same or, if that is allowed, the most of them; undefined where none asks. */
export function stageCpus(members: readonly Lineage[], label: string, merges: boolean): number | undefined {
  const asked = members.flatMap(({ origin, resources }) => (resources?.taskCpus === undefined ? [] : [{ origin, cpus: resources.taskCpus }]))
  const [first] = asked
  const other = asked.find(({ cpus }) => cpus !== first!.cpus)
  if (!first || !other || merges) return first && Math.max(...asked.map(({ cpus }) => cpus))
  const [a, b] = [first, other].map(({ origin, cpus }) => `${origin.label()} asks for ${plural(cpus, 'core')} a task`)
  throw new TsparkError('TSPARK_RESOURCES', `${label}: the RDDs of one stage have different resource profiles: ${a}, ${b}`, {
    hint: 'put a shuffle (repartition) between the two, or set spark.scheduler.resource.profileMergeConflicts=true for the larger one',
  })
}
