import { plural } from '../events/plural.js'
import { TsparkError } from '../events/tsparkError.js'
import type { FileSplit } from '../plan/taskHost.js'
import type { InputFile } from './listInput.js'

const LARGEST = 32 * 2 ** 20
/** A last piece may be a tenth larger rather than make a tiny one (Hadoop's SPLIT_SLOP). */
const SLOP = 1.1

/**
 * Cuts files into as many splits by bytes as Hadoop's FileInputFormat does; a compressed file is one. Where Hadoop would
 * cut at the largest size and leave the rest of a file as a small one, they are made even: slots end at the same time then.
 */
export function computeSplits(files: readonly InputFile[], minPartitions: number): FileSplit[] {
  const total = files.reduce((sum, file) => sum + file.size, 0)
  const size = Math.max(1, Math.floor(total / minPartitions))
  return files.flatMap((file) => splitsOf(file, size < LARGEST ? size : evenSize(file.size), file.path.endsWith('.gz') ? 'gzip' : 'none'))
}

function evenSize(length: number): number {
  const count = Math.max(1, Math.ceil(length / LARGEST - (SLOP - 1)))
  return Math.ceil(length / count)
}

/** Cuts files of records of one length; a file must be a whole number of them. */
export function computeRecordSplits(files: readonly InputFile[], recordLength: number, minPartitions: number): FileSplit[] {
  for (const { path, size } of files) {
    if (size % recordLength === 0) continue
    throw new TsparkError('TSPARK_INPUT', `binaryRecords(): ${path} has ${plural(size, 'byte')}, which is no multiple of the record length ${recordLength}`)
  }
  const total = files.reduce((sum, file) => sum + file.size, 0)
  const size = Math.min(total / minPartitions, LARGEST)
  return files.flatMap((file) => splitsOf(file, Math.max(1, Math.floor(size / recordLength)) * recordLength, 'none'))
}

function splitsOf({ path, size: length }: InputFile, splitSize: number, compression: FileSplit['compression']): FileSplit[] {
  // an empty file has no partition, as in Spark
  if (length === 0) return []
  if (compression === 'gzip') return [{ path, start: 0, length, compression: 'gzip' }]
  const splits: FileSplit[] = []
  let start = 0
  for (; (length - start) / splitSize > SLOP; start += splitSize) splits.push({ path, start, length: splitSize, compression: 'none' })
  if (start < length) splits.push({ path, start, length: length - start, compression: 'none' })
  return splits
}
