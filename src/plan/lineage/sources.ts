import { TsparkError } from '../../events/tsparkError.js'
import type { ProgramNode } from '../program.js'
import type { FileSplit } from '../taskHost.js'
import { Lineage, type NarrowParent, type Origin } from './lineage.js'

/** A lineage that begins with data, not with another lineage. */
abstract class Source extends Lineage {
  get narrow(): readonly Lineage[] {
    return []
  }
  narrowParents(): readonly NarrowParent[] {
    return []
  }
}

/** Looks at input; what is wrong with it is told with the operation that reads it, which may be far from the action. */
function listed<T>(origin: Origin, list: () => T): T {
  try {
    return list()
  } catch (error) {
    if (!TsparkError.is(error)) throw error
    throw new TsparkError(error.code, `${error.message} (${origin.label()})`, { hint: error.hint, cause: error.cause })
  }
}

/** One slice of a collection: encoded records, or the hash of the blob that holds them. */
export type Slice = Uint8Array | string

/** A collection of the driver (Spark's ParallelCollectionRDD). */
export class ParallelCollection extends Source {
  constructor(
    origin: Origin,
    readonly slices: readonly Slice[],
  ) {
    super(origin)
  }
  get numPartitions(): number {
    return this.slices.length
  }
  override get blobs(): readonly string[] {
    return this.slices.filter((slice) => typeof slice === 'string')
  }
  node(): ProgramNode {
    return { kind: 'slice' }
  }
  input(partition: number): unknown {
    return this.slices[partition]
  }
}

/** Numbers from a first one by steps, made where they are used. */
export class NumberRange extends Source {
  constructor(
    origin: Origin,
    readonly start: number,
    readonly step: number,
    readonly count: number,
    readonly numPartitions: number,
  ) {
    super(origin)
  }
  node(): ProgramNode {
    return { kind: 'range' }
  }
  input(partition: number): unknown {
    const from = Math.floor((partition * this.count) / this.numPartitions)
    const to = Math.floor(((partition + 1) * this.count) / this.numPartitions)
    return [this.start + from * this.step, this.step, to - from]
  }
}

/** Files by splits, which are worked out on first use: their lines, or records of one length. */
export class SplitFiles extends Source {
  #splits: readonly FileSplit[] | undefined
  constructor(
    origin: Origin,
    readonly list: () => readonly FileSplit[],
    readonly recordLength?: number,
  ) {
    super(origin)
  }
  get splits(): readonly FileSplit[] {
    this.#splits ??= listed(this.origin, this.list)
    return this.#splits
  }
  get numPartitions(): number {
    return this.splits.length
  }
  node(): ProgramNode {
    return this.recordLength === undefined ? { kind: 'text' } : { kind: 'fixedRecords', length: this.recordLength }
  }
  input(partition: number): unknown {
    return this.splits[partition]
  }
}

/** Whole files as [path, content], several a partition. */
export class WholeFiles extends Source {
  #groups: readonly (readonly string[])[] | undefined
  constructor(
    origin: Origin,
    readonly list: () => readonly (readonly string[])[],
    readonly as: 'text' | 'bytes',
  ) {
    super(origin)
  }
  get #partitions(): readonly (readonly string[])[] {
    this.#groups ??= listed(this.origin, this.list)
    return this.#groups
  }
  get numPartitions(): number {
    return this.#partitions.length
  }
  node(): ProgramNode {
    return { kind: 'wholeFiles', as: this.as }
  }
  input(partition: number): unknown {
    return this.#partitions[partition]
  }
}

/** Files that saveAsObjectFile or a checkpoint wrote, one a partition. */
export class ObjectFiles extends Source {
  #paths: readonly string[] | undefined
  constructor(
    origin: Origin,
    readonly list: () => readonly string[],
  ) {
    super(origin)
  }
  get #partitions(): readonly string[] {
    this.#paths ??= listed(this.origin, this.list)
    return this.#paths
  }
  get numPartitions(): number {
    return this.#partitions.length
  }
  node(): ProgramNode {
    return { kind: 'objects' }
  }
  input(partition: number): unknown {
    return this.#partitions[partition]
  }
}
