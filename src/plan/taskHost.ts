import type { BatchSource, Lines, PairColumns, PairSource } from './batchSource.js'
import type { CombineLoops } from './compile/combineLoops.js'

// What generated loops need from the process they run in. plan/ does no I/O: the executor implements this.

/** Numbers a running task adds to; sizes in bytes. */
export interface RunningMetrics {
  inputRecords: number
  inputBytes: number
  outputRecords: number
  outputBytes: number
  shuffleReadRecords: number
  shuffleReadBytes: number
  shuffleWriteRecords: number
  shuffleWriteBytes: number
  spills: number
  spilledBytes: number
  /** ms */
  fetchWait: number
  peakMemory: number
}

export interface FileSplit {
  path: string
  start: number
  /** bytes; the whole file for what cannot be split */
  length: number
  /** 'gzip' files are one split */
  compression: 'none' | 'gzip'
}

/** combineByKey's three functions; `createCombiner` also serves as a copy of the zero for aggregateByKey. */
export interface Combiner {
  create(value: unknown): unknown
  mergeValue(combined: unknown, value: unknown): unknown
  mergeCombiners(a: unknown, b: unknown): unknown
  /** the stage's own, shared by its tasks in this slot */
  readonly loops?: CombineLoops
}

/** Collects by key with value semantics, spilling when memory is short; `finish` gives [key, combined] pairs. */
export interface Aggregator {
  /** values as the user gives them */
  insert(pairs: PairColumns): void
  /** values that were combined elsewhere */
  merge(pairs: PairColumns): void
  finish(): PairSource
  close(): void
}

/** Sorts pairs by a comparator of their keys, stable, spilling when memory is short. */
export interface Sorter {
  insert(pairs: PairColumns): void
  finish(): BatchSource
  close(): void
}

/** Whose keys a join keeps: those of both sides, all of the left, of the right, of either. */
export type JoinKind = 'inner' | 'left' | 'right' | 'full'

/** The values of a key: an array, or what stands for one that is too large for memory. */
export interface Group extends Iterable<unknown> {
  readonly length: number
}

/** Groups several inputs by key: `finish` gives [key, [values of input 0, values of input 1, …]]. */
export interface Cogrouper {
  insert(input: number, pairs: PairColumns): void
  finish(): BatchSource<[unknown, Group[]]>
  /** instead of `finish`, of two inputs: [key, [value of the first, value of the second]] */
  join(kind: JoinKind): BatchSource<[unknown, [unknown, unknown]]>
  /** at the end of the task: what it gave is not used any more */
  close(): void
}

export interface ShuffleWriteSpec {
  shuffleId: number
  numReducers: number
  /** reduce partition of a key (already bound to numReducers); throws by name when out of range */
  partition(key: unknown, record: unknown): number
  /** combine on the map side */
  combiner?: Combiner
}

/** Takes the pairs of one map task. */
export interface ShuffleSink {
  /** about how many pairs it likes to get at once: fewer when they are large */
  readonly wanted: number
  write(pairs: PairColumns): void
  /** flushes, checksums, renames; the output exists only after this */
  commit(): MapOutput | Promise<MapOutput>
  abort(): void
}

export interface MapOutput {
  /** bytes per reduce partition, one byte each on a log scale (shuffle/sizes.ts) */
  sizes: Uint8Array
  records: number
  bytes: number
  /** order-independent checksum of the output, for indeterminate stages */
  checksum?: string
}

export interface ShuffleReadSpec {
  shuffleId: number
  /** reduce partitions [from, to) */
  from: number
  to: number
  /** map outputs [mapFrom, mapTo) only; all when absent */
  mapFrom?: number
  mapTo?: number
}

/** Takes the records of one partition that is to be cached. */
export interface CacheSink {
  write(batch: readonly unknown[]): void
  /** makes the block visible and gives the way to read it back */
  commit(): BatchSource
  abort(): void
}

export interface TextSink {
  write(line: string): void
  writeLines(lines: Lines): void
  commit(): unknown
  abort(): void
}

export interface TaskHost {
  readonly stageId: number
  readonly partition: number
  readonly attempt: number
  readonly taskId: number
  readonly metrics: RunningMetrics
  /** a shuffle of this stage has outputs on other hosts: its reader may wait */
  readonly remote: boolean
  /** throws the kill reason when the task is to stop; cheap, called once a batch */
  checkKilled(): void

  openText(split: FileSplit): BatchSource<string>
  openFixedRecords(split: FileSplit, length: number): BatchSource<Uint8Array>
  openWholeFiles(paths: readonly string[], as: 'text' | 'bytes'): BatchSource<[string, string | Uint8Array]>
  openObjects(path: string): BatchSource
  /** a blob that the stage program named; it is on this host's disk by now */
  readBlob(hash: string): Uint8Array

  shuffleReader(spec: ShuffleReadSpec): PairSource
  shuffleWriter(spec: ShuffleWriteSpec): ShuffleSink
  aggregator(combiner: Combiner): Aggregator
  cogrouper(inputs: number): Cogrouper
  sorter(compare: (a: unknown, b: unknown) => number): Sorter

  /** reads a source that waits to its end, on disk when it is large, for readers that can't wait */
  buffer(source: BatchSource): Promise<BatchSource>

  /** undefined: not cached anywhere that can be reached */
  readCache(rddId: number, partition: number): BatchSource | undefined | Promise<BatchSource | undefined>
  writeCache(rddId: number, partition: number, level: StorageLevelSpec): CacheSink

  pipe(spec: PipeSpec, input: BatchSource): BatchSource<string>
  /** an output file of this attempt in the job's staging folder */
  openTextOutput(spec: { staging: string; partition: number; compression: 'none' | 'gzip' }): TextSink
  openObjectOutput(spec: { staging: string; partition: number }): { write(batch: readonly unknown[]): void; commit(): unknown; abort(): void }
  /** asks the driver whether this attempt may commit its output */
  mayCommit(): Promise<boolean>
}

/** A command that records go through. */
export interface PipeSpec {
  readonly command: string | readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** in a new folder each time */
  readonly separateWorkingDir: boolean
  readonly encoding: 'utf8' | 'utf16le' | 'latin1' | 'ascii'
  /** bytes that are gathered before the command gets them */
  readonly bufferSize: number
}

/** Spark's StorageLevel as data. */
export interface StorageLevelSpec {
  useDisk: boolean
  useMemory: boolean
  deserialized: boolean
  replication: number
}
