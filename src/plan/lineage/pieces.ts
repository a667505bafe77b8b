import { seededRandom } from '../engine/random.js'
import type { FileSplit } from '../taskHost.js'
import type { Lineage } from './lineage.js'
import { Coalesced } from './narrowSteps.js'
import { Records } from './records.js'
import { SplitFiles } from './sources.js'

const PIECES = 8
const PIECE_BYTES = 64 * 1024

/** A lineage that reads a small part of another one's input. */
export interface Pieces {
  readonly lineage: Lineage
  /** how many times as much a partition has as is read of it */
  readonly factors: readonly number[]
}

/**
 * Some pieces of each split, spread evenly and the same in every run, below the same steps over records: enough to
 * sample from. Undefined where only reading everything tells what there is.
 */
export function piecesOf(lineage: Lineage): Pieces | undefined {
  const steps: Records[] = []
  let at = lineage
  for (; at instanceof Records; at = at.parent) {
    if (isMore(at)) return undefined
    steps.push(at)
  }
  if (!(at instanceof SplitFiles) || at.recordLength !== undefined || isMore(at)) return undefined
  const { splits } = at
  const cut = splits.map(piecesOfSplit)
  if (cut.every((pieces) => pieces.length === 1)) return undefined
  let next = 0
  const groups = cut.map((pieces) => pieces.map(() => next++))
  const files = new SplitFiles(at.origin, () => cut.flat())
  let made: Lineage = new Coalesced(at.origin, files, () => groups)
  for (const { origin, step, keepsPartitioner } of steps.reverse()) made = new Records(origin, made, step, keepsPartitioner)
  return { lineage: made, factors: cut.map((pieces, index) => splits[index]!.length / pieces.reduce((sum, { length }) => sum + length, 0)) }
}

/** Cached and checkpointed partitions are there already, and to read them all also fills them. */
function isMore(lineage: Lineage): boolean {
  return lineage.storage !== undefined || lineage.checkpoint !== undefined || lineage.isKept || lineage.preparation !== undefined
}

function piecesOfSplit(split: FileSplit, index: number): FileSplit[] {
  if (split.compression !== 'none' || split.length < 4 * PIECES * PIECE_BYTES) return [split]
  const random = seededRandom(PIECES, index)
  const stride = split.length / PIECES
  return Array.from({ length: PIECES }, (_, piece) => ({
    ...split,
    start: split.start + Math.floor(stride * piece + random() * (stride - PIECE_BYTES)),
    length: PIECE_BYTES,
  }))
}
