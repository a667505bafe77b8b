import type { PairSource } from '../plan/batchSource.js'
import { ColumnSource } from '../plan/columnSource.js'
import { type Awaitable, after } from '../plan/compile/after.js'
import type { RunningMetrics, ShuffleReadSpec } from '../plan/taskHost.js'
import { type MapLocation, NO_ATTEMPT } from '../protocol/executorMessages.js'
import type { WorkerInfo } from '../protocol/shapes.js'
import { findIn } from '../storage/localDirs.js'
import type { FetchedOutput } from './fetchedOutput.js'
import { FetchFailedError } from './fetchFailedError.js'
import type { FramePairs } from './framePairs.js'
import type { HotKeys } from './hotKeys.js'
import { type LocalOutput, LocalSegments } from './localSegments.js'
import type { ReadAhead } from './readAhead.js'
import { RemoteSegments } from './remoteSegments.js'

export interface ShuffleReaderOptions {
  readonly spec: ShuffleReadSpec
  readonly numMaps: number
  readonly locations: readonly MapLocation[]
  readonly appId: string
  readonly appSecretHex: string
  readonly workers: readonly WorkerInfo[]
  /** the shuffle's folders of a worker on this host, one a disk; undefined for one elsewhere */
  localDirsOf(workerId: string): readonly string[] | undefined
  /** bytes of other hosts' outputs that are in memory at a time */
  readonly maxSizeInFlight: number
  /** where those go that do not fit */
  readonly spillDir: string
  readonly metrics: RunningMetrics
  /** shared by the tasks of a stage in a slot */
  readonly ahead?: ReadAhead
  readonly hotKeys?: HotKeys
}

/** The pairs of reduce partitions from all map outputs: files on this host are opened, others fetched from their workers. */
export function createShuffleReader(options: ShuffleReaderOptions): PairSource {
  const { spec, locations } = options
  const wanted = locations.filter(({ mapIndex }) => mapIndex >= (spec.mapFrom ?? 0) && mapIndex < (spec.mapTo ?? Number.POSITIVE_INFINITY))
  // in the order of map tasks, so that the same outputs give the same order
  wanted.sort((a, b) => a.mapIndex - b.mapIndex)
  checkComplete(options, wanted)
  const source = openOutputs(wanted, options)
  return new CountedSource(source, options)
}

function openOutputs(wanted: readonly MapLocation[], options: ShuffleReaderOptions): LocalSegments | MixedSource {
  const parts: (LocalSegments | MapLocation)[] = []
  const dirsOf = new Map<string, readonly string[] | undefined>()
  let near: LocalOutput[] = []
  for (const location of wanted) {
    const { workerId } = location
    if (!dirsOf.has(workerId)) dirsOf.set(workerId, options.localDirsOf(workerId))
    const dirs = dirsOf.get(workerId)
    if (dirs === undefined) {
      parts.push(location)
      near = []
      continue
    }
    // neighbours are read by one reader
    if (near.length === 0) parts.push(new LocalSegments(near, options.spec, options.metrics, options.ahead))
    near.push(localOutput(location, dirs))
  }
  const far = parts.filter((part): part is MapLocation => !(part instanceof LocalSegments))
  if (far.length > 0) return new MixedSource(parts, new RemoteSegments(far, options))
  return (parts[0] as LocalSegments | undefined) ?? new LocalSegments([], options.spec, options.metrics)
}

/** The tasks of a stage in a slot read the same outputs: texts that are made once are hashed once. */
const localOutputs = new WeakMap<MapLocation, LocalOutput>()

function localOutput(location: MapLocation, dirs: readonly string[]): LocalOutput {
  let output = localOutputs.get(location)
  if (!output) {
    const path = findIn(dirs, `${location.mapIndex}-${location.attemptId}`, '.index')
    output = { location, index: `${path}.index`, data: `${path}.data` }
    localOutputs.set(location, output)
  }
  return output
}

/** Fewer outputs than map tasks would be a wrong answer: the stage was started without them because cached partitions stood in. */
function checkComplete({ spec, numMaps }: ShuffleReaderOptions, sorted: readonly MapLocation[]): void {
  const from = spec.mapFrom ?? 0
  const to = Math.min(spec.mapTo ?? numMaps, numMaps)
  for (let mapIndex = from; mapIndex < to; mapIndex++) {
    if (sorted[mapIndex - from]?.mapIndex === mapIndex) continue
    const message = `the output of map task ${mapIndex} of shuffle ${spec.shuffleId} is not there and has to be computed`
    throw new FetchFailedError(spec.shuffleId, mapIndex, NO_ATTEMPT, '', message)
  }
}

/** Counts what is read. */
class CountedSource extends ColumnSource {
  readonly mayWait: boolean
  constructor(
    readonly source: LocalSegments | MixedSource,
    readonly options: ShuffleReaderOptions,
  ) {
    super()
    this.mayWait = source instanceof MixedSource
  }
  nextPairs(): Awaitable<FramePairs | null> {
    return after(this.source.nextPairs(), (pairs) => {
      if (pairs === null) return null
      const { metrics, hotKeys } = this.options
      metrics.shuffleReadRecords += pairs.count
      hotKeys?.observe(pairs.keyColumn)
      return pairs
    })
  }
  close(): void {
    this.source.close()
  }
}

/** Outputs of this host and of others in turn, in the order of map tasks: where they lie must not be seen in what they give. */
class MixedSource extends ColumnSource {
  readonly mayWait = true
  #at = 0
  #fetched: FetchedOutput | undefined
  constructor(
    readonly parts: readonly (LocalSegments | MapLocation)[],
    readonly far: RemoteSegments,
  ) {
    super()
    // fetching begins while the files of this host are read
    far.start()
  }
  nextPairs(): Awaitable<FramePairs | null> {
    for (;;) {
      const part = this.parts[this.#at]
      if (!part) return null
      if (!(part instanceof LocalSegments) && !this.#fetched) return this.#wait()
      const pairs = part instanceof LocalSegments ? part.nextPairs() : this.#fetched?.next()
      if (pairs) return pairs
      this.#fetched = undefined
      this.#at++
    }
  }
  close(): void {
    for (const part of this.parts) if (part instanceof LocalSegments) part.close()
    this.far.close()
  }
  async #wait(): Promise<FramePairs | null> {
    this.#fetched = await this.far.take()
    return await this.nextPairs()
  }
}
