import { decode, encode } from '@msgpack/msgpack'
import type { FunctionRef } from './functionRef.js'
import type { JoinKind, PipeSpec, StorageLevelSpec } from './taskHost.js'

/** A step over single records; a run of them becomes one loop. */
export type RecordOp = { op: 'map' | 'filter' | 'flatMap' | 'mapValues' | 'flatMapValues' | 'keyBy'; fn: FunctionRef } | { op: 'keys' | 'values' }

export interface CombinerRef {
  create: FunctionRef
  mergeValue: FunctionRef
  mergeCombiners: FunctionRef
}

/** One node of a stage's graph; numbers point to other nodes. What differs by partition is in the task's input. */
export type ProgramNode =
  | { kind: 'slice' }
  | { kind: 'range' }
  | { kind: 'text' }
  | { kind: 'fixedRecords'; length: number }
  | { kind: 'wholeFiles'; as: 'text' | 'bytes' }
  | { kind: 'objects' }
  | { kind: 'records'; parent: number; ops: RecordOp[] }
  | { kind: 'partitions'; parents: number[]; fn: FunctionRef; operation: string }
  | { kind: 'union'; parents: number[] }
  | { kind: 'coalesce'; parent: number }
  | { kind: 'cartesian'; left: number; right: number }
  | { kind: 'shuffleRead'; shuffleId: number; combiner?: CombinerRef; combined?: boolean; order?: { by: FunctionRef; operation: string } }
  | { kind: 'combine'; parent: number; combiner: CombinerRef }
  | { kind: 'cogroup'; inputs: ({ parent: number } | { shuffleId: number })[]; join?: JoinKind }
  | { kind: 'pipe'; parent: number; spec: PipeSpec }
  | { kind: 'zipWithIndex'; parent: number; starts: number[]; operation: string }
  | { kind: 'cached'; parent: number; rddId: number; level: StorageLevelSpec }

/** What becomes of the records of the root. */
export type Terminal =
  | { kind: 'shuffleWrite'; shuffleId: number; numReducers: number; partition: FunctionRef; combiner?: CombinerRef; operation: string }
  | { kind: 'collect' }
  | { kind: 'count' }
  | { kind: 'reduce'; fn: FunctionRef }
  | { kind: 'fold'; zero: Uint8Array; fn: FunctionRef }
  | { kind: 'foreach'; fn: FunctionRef }
  | { kind: 'take'; limit: number }
  | { kind: 'ordered'; limit: number; compare: FunctionRef }
  | { kind: 'partition'; fn: FunctionRef; operation: string }
  | { kind: 'saveText'; staging: string; compression: 'none' | 'gzip' }
  | { kind: 'saveObjects'; staging: string }

/** A stage's work, the same for all its partitions. */
export interface StageProgram {
  payloads: Uint8Array[]
  nodes: ProgramNode[]
  root: number
  terminal: Terminal
}

/** The program as bytes: sent once to an executor. */
export function encodeProgram(program: StageProgram): Uint8Array {
  return encode(program, { ignoreUndefined: true, maxDepth: 4096 })
}

/** The inverse of `encodeProgram`. */
export function decodeProgram(bytes: Uint8Array): StageProgram {
  return decode(bytes) as StageProgram
}

/** A partition's descriptor as bytes: sent with its task. */
export function encodeInput(input: unknown): Uint8Array {
  return encode(input, { ignoreUndefined: true, maxDepth: 4096 })
}

/** The inverse of `encodeInput`. */
export function decodeInput(bytes: Uint8Array): unknown {
  return bytes.byteLength === 0 ? null : decode(bytes)
}
