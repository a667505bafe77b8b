import { plural } from '../events/plural.js'
import { TsparkError } from '../events/tsparkError.js'
import { current, type Lineage } from './lineage/lineage.js'

const RULE =
  'the tasks of a barrier stage run all together, one for each partition from its first step to its last, so union(), coalesce(), cartesian(), take(), first() and the like cannot be in one stage with barrier()'

/** Which lineages of a stage are computed from a barrier step, themselves included. */
export function behindBarrier(members: readonly Lineage[]): ReadonlySet<Lineage> {
  const behind = new Set<Lineage>()
  const upwards = [...members].reverse()
  // members mostly come children first, but not where branches meet again: once more until nothing is new
  for (let before = -1; before < behind.size; ) {
    before = behind.size
    for (const member of upwards) {
      const actual = current(member)
      if (actual.barrier || actual.narrow.some((parent) => behind.has(parent))) behind.add(member)
    }
  }
  return behind
}

/** Refuses what a barrier stage cannot be (Spark's SPARK-24820 and 24821): members of a stage with other numbers of partitions, two barrier inputs of one step. */
export function checkBarrierChain(members: readonly Lineage[], label: string, numTasks: number): void {
  const behind = behindBarrier(members)
  if (behind.size === 0) return
  for (const member of members) {
    const actual = current(member)
    if (member.numPartitions !== numTasks) {
      throw refused(
        `${label}: it runs ${plural(numTasks, 'task')} in one stage with ${member.origin.label()}, which has ${plural(member.numPartitions, 'partition')}`,
        numTasks < member.numPartitions
          ? 'collect() and take from the array, or put a shuffle (repartition) between the two'
          : 'put a shuffle (repartition) between the two',
      )
    }
    if (actual.narrow.filter((parent) => behind.has(parent)).length > 1) {
      throw refused(`${label}: ${member.origin.label()} reads two RDDs with barrier() in one stage`, 'put a shuffle (repartition) behind one of them')
    }
  }
}

function refused(what: string, hint: string): TsparkError {
  return new TsparkError('TSPARK_BARRIER', `${what}; ${RULE}`, { hint })
}
