import { behindBarrier, checkBarrierChain } from './barrierChain.js'
import type { FunctionSpec } from './functionRef.js'
import type { CachedBlock, JobPlan, ShuffleRead, StagePlan } from './jobPlan.js'
import { current, type Lineage } from './lineage/lineage.js'
import { inputOf } from './lineage/oneParent.js'
import type { ShuffleDependency } from './lineage/shuffleDependency.js'
import { encodeInput, encodeProgram, type Terminal } from './program.js'
import { StageBuilder } from './stageBuilder.js'
import { stageCpus } from './stageCpus.js'

/** What the records of a job's last stage are for: the terminal, built with the stage's own functions. */
export interface ActionSpec {
  terminal(builder: StageBuilder): Terminal
  readonly functions: readonly FunctionSpec[]
}

/** Cuts a lineage at its shuffles (Spark's DAGScheduler): the result stage, and a map stage for every shuffle it can need. */
export function planJob(
  lineage: Lineage,
  action: ActionSpec,
  label: string,
  { numTasks = lineage.numPartitions, mergesProfiles = false }: { numTasks?: number; mergesProfiles?: boolean } = {},
): JobPlan {
  const result = planStage(lineage, label, { kind: 'result' }, action, { numTasks, mergesProfiles })
  const maps = new Map<number, StagePlan>()
  const open = [...result.cut]
  for (let dependency = open.pop(); dependency; dependency = open.pop()) {
    if (maps.has(dependency.shuffleId)) continue
    const { shuffleId, partitioner, mapCombiner, parent, origin } = dependency
    const stage = planStage(
      parent,
      parent.origin.label(),
      { kind: 'shuffleMap', shuffleId, numReducers: partitioner.numPartitions },
      {
        terminal: (builder) => ({
          kind: 'shuffleWrite',
          shuffleId,
          numReducers: partitioner.numPartitions,
          partition: builder.fn(partitioner.fn),
          combiner: mapCombiner && builder.combiner(mapCombiner),
          operation: origin.label(),
        }),
        functions: [partitioner.fn, ...(mapCombiner ? [mapCombiner.create, mapCombiner.mergeValue, mapCombiner.mergeCombiners] : [])],
      },
      { numTasks: parent.numPartitions, mergesProfiles },
    )
    maps.set(shuffleId, stage.plan)
    open.push(...stage.cut)
  }
  return { result: result.plan, maps }
}

/** Every lineage a job can touch, parents before children, beyond shuffles too. */
export function ancestors(lineage: Lineage): Lineage[] {
  const order: Lineage[] = []
  const seen = new Set<Lineage>()
  const stack: { lineage: Lineage; done: boolean }[] = [{ lineage, done: false }]
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (top.done) {
      order.push(top.lineage)
      continue
    }
    if (seen.has(top.lineage)) continue
    seen.add(top.lineage)
    stack.push({ lineage: top.lineage, done: true })
    const actual = current(top.lineage)
    for (const parent of [...actual.narrow, ...actual.shuffles.map((shuffle) => shuffle.parent)]) {
      if (!seen.has(parent)) stack.push({ lineage: parent, done: false })
    }
  }
  return order
}

/** The shuffles a lineage comes from, up to steps that are persisted. */
export function ownShuffles(lineage: Lineage): number[] {
  const shuffles = new Set<number>()
  const seen = new Set<Lineage>([lineage])
  for (const member of seen) {
    if (member !== lineage && member.storage) continue
    const actual = current(member)
    for (const { shuffleId, parent } of actual.shuffles) {
      shuffles.add(shuffleId)
      seen.add(parent)
    }
    for (const parent of actual.narrow) seen.add(parent)
  }
  return [...shuffles]
}

type Head = { kind: 'result' } | { kind: 'shuffleMap'; shuffleId: number; numReducers: number }

function planStage(
  root: Lineage,
  name: string,
  head: Head,
  action: ActionSpec,
  { numTasks, mergesProfiles }: { numTasks: number; mergesProfiles: boolean },
): { plan: StagePlan; cut: ShuffleDependency[] } {
  const members = stageMembers(root)
  const barrier = members.some((member) => current(member).barrier)
  if (barrier) checkBarrierChain(members, name, numTasks)
  const cut = members.flatMap((member) => current(member).shuffles)
  const shuffles = [...new Set(cut.map((dependency) => dependency.shuffleId))]
  const keepsBlocks = members.some((member) => member.storage !== undefined)
  let program: Uint8Array | undefined
  const plan: StagePlan = {
    ...head,
    rddId: root.id,
    name,
    numPartitions: root.numPartitions,
    get program() {
      if (!program) {
        const builder = new StageBuilder()
        program = encodeProgram(builder.finish(builder.add(root), action.terminal(builder)))
      }
      return program
    },
    blobs: blobsOf(members, action),
    shuffles,
    requiredShuffles: (partitions, isCached) => (keepsBlocks ? requiredShuffles(root, partitions, isCached) : shuffles),
    input: (partition) => encodeInput(inputOf(root, partition)),
    preferences: (partition) => ({ cached: keepsBlocks ? cachedBlocks(root, partition) : [] }),
    reads: (partition) => shuffleReads(root, partition),
    caches: keepsBlocks,
    cachedFrom: cachedFrom(members),
    cpus: stageCpus(members, name, mergesProfiles),
    barrier,
    cachedAfterBarrier: barrier ? [...behindBarrier(members)].filter((member) => member.storage !== undefined).map((member) => member.id) : [],
  }
  return { plan, cut }
}

/** The lineages computed in the tasks of one stage. */
function stageMembers(root: Lineage): Lineage[] {
  const seen = new Set<Lineage>([root])
  for (const member of seen) for (const parent of current(member).narrow) seen.add(parent)
  return [...seen]
}

/** The persisted lineages of a stage by the shuffles they are computed from in it; what executors alone hold cannot be computed again. */
function cachedFrom(members: readonly Lineage[]): Map<number, number[]> {
  const from = new Map<number, number[]>()
  for (const member of members) {
    if (member.storage === undefined || member.isKept) continue
    for (const source of stageMembers(member)) {
      for (const { shuffleId } of current(source).shuffles) from.set(shuffleId, [...(from.get(shuffleId) ?? []), member.id])
    }
  }
  return from
}

function blobsOf(members: readonly Lineage[], action: ActionSpec): string[] {
  const hashes = new Set<string>()
  const visit = (spec: FunctionSpec): void => {
    if ('engine' in spec) spec.fns.forEach(visit)
    else for (const { type, data } of spec.handles) if (type === 'broadcast') hashes.add(String((data as { hash: string }).hash))
  }
  action.functions.forEach(visit)
  for (const member of members) {
    const actual = current(member)
    actual.functions.forEach(visit)
    for (const blob of actual.blobs) hashes.add(blob)
  }
  return [...hashes]
}

/** Walks the partitions that one partition is computed from, stopping where `stop` says so. */
function walk(root: Lineage, partitions: readonly number[], visit: (lineage: Lineage, partition: number) => 'stop' | 'on'): void {
  const seen = new Set<string>()
  const open: [Lineage, number][] = partitions.map((partition) => [root, partition])
  for (let next = open.pop(); next; next = open.pop()) {
    const [lineage, partition] = next
    const key = `${lineage.id}/${partition}`
    if (seen.has(key)) continue
    seen.add(key)
    if (visit(lineage, partition) === 'stop') continue
    for (const [parent, index] of current(lineage).narrowParents(partition)) open.push([parent, index])
  }
}

function requiredShuffles(root: Lineage, partitions: readonly number[], isCached: (block: CachedBlock) => boolean): number[] {
  const needed = new Set<number>()
  walk(root, partitions, (lineage, partition) => {
    if (lineage.storage && isCached({ rddId: lineage.id, partition })) return 'stop'
    for (const { shuffleId } of current(lineage).shuffles) needed.add(shuffleId)
    return 'on'
  })
  return [...needed]
}

/** Steps over a shuffle have a partition for each of its reducers. */
function shuffleReads(root: Lineage, partition: number): ShuffleRead[] {
  const reads: ShuffleRead[] = []
  walk(root, [partition], (lineage, reducer) => {
    for (const { shuffleId } of current(lineage).shuffles) reads.push({ shuffleId, reducer })
    return 'on'
  })
  return reads
}

/** The blocks that hold a partition or what it is computed from in the same task, nearest first. */
export function cachedBlocks(root: Lineage, partition: number): CachedBlock[] {
  const blocks: CachedBlock[] = []
  walk(root, [partition], (lineage, index) => {
    if (lineage.storage) blocks.push({ rddId: lineage.id, partition: index })
    return 'on'
  })
  return blocks
}
