import { decodeValue } from '../closure/decodeValue.js'
import { encodeValue } from '../closure/encodeValue.js'
import { shipFunction } from '../closure/shipFunction.js'
import { TsparkError } from '../events/tsparkError.js'
import type { FunctionSpec } from '../plan/functionRef.js'
import { current, type Lineage, type LineageScope, type Origin } from '../plan/lineage/lineage.js'
import type { ActionSite, Preparation } from '../plan/lineage/preparation.js'
import { type ActionSpec, ancestors, planJob } from '../plan/planJob.js'
import { checkAtOnce, checkFunction, checkPartition, checkSignal } from './arguments.js'
import type { JobRunner } from './jobRunner.js'
import type { ActionOptions } from './types.js'

/** More than this is told: it goes to every executor with every stage and is read again by every task. */
const LARGE_CAPTURE_MIB = 1

export interface ActionCall<R> {
  readonly lineage: Lineage
  readonly operation: string
  readonly action: ActionSpec
  readonly decode: (bytes: Uint8Array) => R
  /** all when absent */
  readonly partitions?: readonly number[]
  readonly options?: ActionOptions
  readonly onResult?: (position: number, value: R) => void
  /** where the user called; an action that runs several jobs hands the first one's on */
  readonly site?: ActionSite
}

/** The stack of a call, worked out when it is shown. */
export interface CallSite {
  readonly stack: string
}

/** What all RDDs of one context share; not part of the API. */
export class Internals implements LineageScope {
  #rddId = 0
  #shuffleId = 0
  stopped = false
  readonly properties = new Map<string, string>()
  readonly tags = new Set<string>()
  readonly persisted = new Map<number, Lineage>()
  /** what lineages needed to know, and know now */
  readonly #prepared = new WeakMap<Lineage, Preparation>()
  readonly toCheckpoint = new Map<Lineage, (signal: AbortSignal | undefined) => Promise<void>>()
  checkpointDir: string | undefined

  constructor(readonly runner: JobRunner) {}

  nextRddId(): number {
    return this.#rddId++
  }

  nextShuffleId(): number {
    return this.#shuffleId++
  }

  /** Where a step of a lineage is made; called right inside the public method. */
  origin(operation: string): Origin {
    this.checkUsable(operation)
    const site = captureSite()
    let label: string | undefined
    return {
      scope: this,
      operation,
      label: () => {
        label ??= this.label(operation, site)
        return label
      },
    }
  }

  label(operation: string, site: CallSite): string {
    const at = this.runner.siteOf(site.stack)
    return at ? `${operation} at ${at}` : operation
  }

  /** To be called first by an action of several jobs. */
  actionSite(): ActionSite {
    return Object.assign(captureSite(), { properties: Object.fromEntries(this.properties), tags: [...this.tags] })
  }

  checkUsable(operation: string): void {
    if (this.stopped) throw new TsparkError('TSPARK_CONTEXT', `${operation}(): the SparkContext has been stopped`)
  }

  /** A user's function on its way to executors, checked and serialised now: what can't be shipped fails at the user's line. */
  ship(fn: unknown, operation: string, method: Function): FunctionSpec {
    checkFunction(fn, operation)
    checkAtOnce(fn, operation)
    const shipped = shipFunction(fn as () => unknown, operation, method)
    const mib = shipped.payload.byteLength / 2 ** 20
    if (mib > LARGE_CAPTURE_MIB) {
      this.runner.log(
        'warn',
        `${operation}(): the function brings ${mib.toFixed(1)} MiB of captured data with every task; sc.broadcast() sends it once an executor`,
      )
    }
    return shipped
  }

  /** Runs one job and what must be known before it. */
  async run<R>(call: ActionCall<R>): Promise<R[]> {
    this.checkUsable(call.operation)
    checkSignal(call.options, call.operation)
    call.options?.signal?.throwIfAborted()
    const site = call.site ?? this.actionSite()
    const label = this.label(call.operation, site)
    return await this.runner.action(label, () => this.#run(call, site, label))
  }

  async #run<R>({ lineage, operation, action, options, decode, onResult, ...call }: ActionCall<R>, site: ActionSite, label: string): Promise<R[]> {
    const signal = options?.signal
    if (ancestors(lineage).some((ancestor) => current(ancestor).preparation)) {
      await this.prepare(lineage, signal, site)
      this.checkUsable(operation)
    }
    // without a wait until here, so that a job runs, and can be cancelled, once its action was called
    const partitions = call.partitions ?? Array.from({ length: lineage.numPartitions }, (_, index) => index)
    for (const partition of partitions) checkPartition(partition, lineage.numPartitions, operation)
    if (partitions.length === 0) return []
    const job = this.runner.run({
      plan: planJob(lineage, action, label, {
        numTasks: partitions.length,
        mergesProfiles: this.runner.settings['spark.scheduler.resource.profileMergeConflicts'],
      }),
      partitions,
      name: label,
      site: site.stack,
      signal,
      properties: site.properties,
      tags: site.tags,
      decode,
      onResult: onResult as ((position: number, value: unknown) => void) | undefined,
    })
    const values = await job.catch((error: { code?: unknown } | undefined) => {
      if (error?.code === 'TSPARK_INDETERMINATE') this.#prepareAgain(lineage)
      throw error
    })
    if (this.toCheckpoint.size > 0) await this.#checkpoint(lineage, signal)
    return values as R[]
  }

  /** Finds out what planning needs: counts of elements, range bounds. */
  async prepare(lineage: Lineage, signal: AbortSignal | undefined, site: ActionSite): Promise<void> {
    for (const ancestor of ancestors(lineage)) {
      const { preparation } = current(ancestor)
      if (!preparation) continue
      await preparation(site, signal)
      current(ancestor).preparation = undefined
      this.#prepared.set(current(ancestor), preparation)
    }
  }

  /** What was found out is not so any more: the next action finds it out anew. */
  #prepareAgain(lineage: Lineage): void {
    for (const ancestor of ancestors(lineage)) current(ancestor).preparation ??= this.#prepared.get(current(ancestor))
  }

  /** Writes the checkpoints that were asked for, of all that a finished job has computed. */
  async #checkpoint(lineage: Lineage, signal: AbortSignal | undefined): Promise<void> {
    for (const ancestor of ancestors(lineage)) {
      const write = this.toCheckpoint.get(ancestor)
      if (!write) continue
      this.toCheckpoint.delete(ancestor)
      await write(signal)
    }
  }

  encode(value: unknown): Uint8Array {
    return encodeValue(value)
  }

  decode(bytes: Uint8Array): unknown {
    return decodeValue(bytes)
  }
}

/** Remembers the stack; it is turned into text only when somebody looks. */
function captureSite(): CallSite {
  const holder = {} as { stack: string }
  Error.captureStackTrace(holder, captureSite)
  return holder
}
