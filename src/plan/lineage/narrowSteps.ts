import { TsparkError } from '../../events/tsparkError.js'
import type { FunctionSpec } from '../functionRef.js'
import type { PartitionerSpec } from '../partitionerSpec.js'
import type { ProgramNode } from '../program.js'
import type { StageBuilder } from '../stageBuilder.js'
import type { PipeSpec } from '../taskHost.js'
import { Lineage, type NarrowParent, type Origin } from './lineage.js'
import { inputOf, OneParent } from './oneParent.js'
import type { CombinerSpec } from './shuffleDependency.js'

/** A function over whole partitions, of one parent (mapPartitions) or of several side by side (zipPartitions). */
export class Partitions extends Lineage {
  constructor(
    origin: Origin,
    readonly parents: readonly Lineage[],
    readonly fn: FunctionSpec,
    readonly options: { keepsPartitioner?: boolean; barrier?: boolean } = {},
  ) {
    super(origin)
  }
  get numPartitions(): number {
    return this.parents[0]?.numPartitions ?? 0
  }
  get narrow(): readonly Lineage[] {
    return this.parents
  }
  override get partitioner(): PartitionerSpec | undefined {
    return this.options.keepsPartitioner ? this.parents[0]?.partitioner : undefined
  }
  override get functions(): readonly FunctionSpec[] {
    return [this.fn]
  }
  override get barrier(): boolean {
    return this.options.barrier === true
  }
  node(builder: StageBuilder): ProgramNode {
    return { kind: 'partitions', parents: this.parents.map((parent) => builder.add(parent)), fn: builder.fn(this.fn), operation: this.origin.label() }
  }
  input(partition: number): unknown {
    return this.parents.map((parent) => inputOf(parent, partition))
  }
  narrowParents(partition: number): readonly NarrowParent[] {
    return this.parents.map((parent) => [parent, partition] as const)
  }
}

/** Several lineages one after the other; with one common partitioner, partition by partition. */
export class Union extends Lineage {
  readonly #common: PartitionerSpec | undefined
  constructor(
    origin: Origin,
    readonly parents: readonly Lineage[],
  ) {
    super(origin)
    const first = parents[0]?.partitioner
    this.#common = first && parents.every((parent) => parent.partitioner?.equals(first)) ? first : undefined
  }
  get numPartitions(): number {
    return this.#common ? this.#common.numPartitions : this.parents.reduce((sum, parent) => sum + parent.numPartitions, 0)
  }
  get narrow(): readonly Lineage[] {
    return this.parents
  }
  override get partitioner(): PartitionerSpec | undefined {
    return this.#common
  }
  node(builder: StageBuilder): ProgramNode {
    return { kind: 'union', parents: this.parents.map((parent) => builder.add(parent)) }
  }
  input(partition: number): unknown {
    return this.#parts(partition).map(([branch, index]) => [branch, index, inputOf(this.parents[branch]!, index)])
  }
  narrowParents(partition: number): readonly NarrowParent[] {
    return this.#parts(partition).map(([branch, index]) => [this.parents[branch]!, index] as const)
  }
  #parts(partition: number): readonly (readonly [branch: number, index: number])[] {
    if (this.#common) return this.parents.map((_, branch) => [branch, partition] as const)
    let index = partition
    for (const [branch, parent] of this.parents.entries()) {
      const size = parent.numPartitions
      if (index < size) return [[branch, index]]
      index -= size
    }
    return []
  }
}

/** Fewer partitions by reading neighbours together, or only some of them. */
export class Coalesced extends Lineage {
  constructor(
    origin: Origin,
    readonly parent: Lineage,
    /** partitions of the parent, for each of this one's */
    readonly groups: () => readonly (readonly number[])[],
  ) {
    super(origin)
  }
  #memo: readonly (readonly number[])[] | undefined
  get #groups(): readonly (readonly number[])[] {
    this.#memo ??= this.groups()
    return this.#memo
  }
  get numPartitions(): number {
    return this.#groups.length
  }
  get narrow(): readonly Lineage[] {
    return [this.parent]
  }
  node(builder: StageBuilder): ProgramNode {
    return { kind: 'coalesce', parent: builder.add(this.parent) }
  }
  input(partition: number): unknown {
    return (this.#groups[partition] ?? []).map((index) => [index, inputOf(this.parent, index)])
  }
  narrowParents(partition: number): readonly NarrowParent[] {
    return (this.#groups[partition] ?? []).map((index) => [this.parent, index] as const)
  }
}

/** More partitions than a cartesian product may have: each is a task. */
const MOST_PARTITIONS = 1_000_000

/** Every pair of records: a partition for every pair of partitions. */
export class Cartesian extends Lineage {
  constructor(
    origin: Origin,
    readonly left: Lineage,
    readonly right: Lineage,
  ) {
    super(origin)
  }
  get numPartitions(): number {
    const partitions = this.left.numPartitions * this.right.numPartitions
    if (partitions <= MOST_PARTITIONS) return partitions
    throw new TsparkError('TSPARK_ARGUMENT', `${this.origin.label()}: it would have ${partitions} partitions, more than ${MOST_PARTITIONS}`, {
      hint: 'coalesce one side first',
    })
  }
  get narrow(): readonly Lineage[] {
    return [this.left, this.right]
  }
  node(builder: StageBuilder): ProgramNode {
    return { kind: 'cartesian', left: builder.add(this.left), right: builder.add(this.right) }
  }
  input(partition: number): unknown {
    const [left, right] = this.#pair(partition)
    return [left, inputOf(this.left, left), right, inputOf(this.right, right)]
  }
  narrowParents(partition: number): readonly NarrowParent[] {
    const [left, right] = this.#pair(partition)
    return [
      [this.left, left],
      [this.right, right],
    ]
  }
  #pair(partition: number): [number, number] {
    const width = this.right.numPartitions
    return [Math.floor(partition / width), partition % width]
  }
}

/** Combines by key within each partition: what a shuffle would do when the keys already lie together. */
export class Combined extends OneParent {
  constructor(
    origin: Origin,
    parent: Lineage,
    readonly combiner: CombinerSpec,
  ) {
    super(origin, parent)
  }
  override get partitioner(): PartitionerSpec | undefined {
    return this.parent.partitioner
  }
  override get functions(): readonly FunctionSpec[] {
    return [this.combiner.create, this.combiner.mergeValue, this.combiner.mergeCombiners]
  }
  node(builder: StageBuilder): ProgramNode {
    return { kind: 'combine', parent: builder.add(this.parent), combiner: builder.combiner(this.combiner) }
  }
}

/** Lines through a command, one process a partition. */
export class Piped extends OneParent {
  constructor(
    origin: Origin,
    parent: Lineage,
    readonly spec: PipeSpec,
  ) {
    super(origin, parent)
  }
  node(builder: StageBuilder): ProgramNode {
    return { kind: 'pipe', parent: builder.add(this.parent), spec: this.spec }
  }
}
