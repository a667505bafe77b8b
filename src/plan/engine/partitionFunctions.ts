import { TsparkError } from '../../events/tsparkError.js'
import { checkKey } from '../checkKey.js'
import { compareKeys } from '../compareKeys.js'
import type { EngineMaker } from '../engineFunctions.js'
import { hashKey } from '../hashKey.js'
import { nonNegativeMod } from '../nonNegativeMod.js'
import { OperationError } from '../operationError.js'
import { seededRandom } from './random.js'

type Records = IterableIterator<unknown>

/** Functions over whole partitions, and the functions of partitioners. */
export const partitionFunctions: Readonly<Record<string, EngineMaker>> = {
  /** HashPartitioner: [partitions] */
  hashPartition: ({ args: [partitions] }) => {
    const count = partitions as number
    return (key: unknown) => nonNegativeMod(hashKey(key), count)
  },
  /** RangePartitioner: [encoded bounds, ascending], fns[0] an optional key function */
  rangePartition: ({ args: [bounds, ascending], fns: [keyFn], environment }) => {
    const limits = environment.decodeValue(bounds as Uint8Array) as unknown[]
    const last = limits.length
    const find = (key: unknown): number => (ascending ? upperPart(limits, key) : last - upperPart(limits, key))
    return keyFn ? (key: unknown) => find(keyFn(key)) : find
  },
  /** the key is the partition */
  samePartition: () => (key: number) => key,
  /** a user's function or Partitioner: [partitions], fns[0]; what it gives is checked */
  userPartition: ({ args: [partitions], fns: [fn] }) => {
    const count = partitions as number
    return (key: unknown) => {
      const at: unknown = fn!(key)
      if (Number.isInteger(at) && (at as number) >= 0 && (at as number) < count) return at
      throw new OperationError('TSPARK_ARGUMENT', `the partitioner gave ${shown(at)} for ${shown(key)}; there are partitions 0 to ${count - 1}`)
    }
  },
  /** pipe: fns[0] prints what goes before the records, fns[1] a record; each gets a function that takes a line */
  printedLines: ({ args: [hasContext, hasElement], fns }) =>
    function* printedLines(records: Records) {
      const lines: unknown[] = []
      const print = (line: unknown): void => void lines.push(line)
      const context = hasContext ? fns[0] : undefined
      const element = hasElement ? fns.at(-1) : undefined
      context?.(print)
      yield* lines.splice(0)
      for (const record of records) {
        if (element) element(record, print)
        else print(record)
        yield* lines.splice(0)
      }
    },
  glom: () => (records: Records) => [[...records]],
  /** treeReduce: one value, or none of nothing */
  reducePart:
    ({ fns: [merge] }) =>
    (records: Records) => {
      const first = records.next()
      if (first.done) return []
      let reduced = first.value
      for (const record of records) reduced = merge!(reduced, record)
      return [reduced]
    },
  /** treeAggregate: [encoded zero], fns[0] the sequence function */
  foldPart:
    ({ args: [zero], fns: [seq], environment }) =>
    (records: Records) => {
      let folded = environment.decodeValue(zero as Uint8Array)
      for (const record of records) folded = seq!(folded, record)
      return [folded]
    },
  /** [count]: records of so many partitions come together */
  keyedByPartition: ({ args: [count], partition }) =>
    function* keyedByPartition(records: Records) {
      for (const record of records) yield [partition % (count as number), record]
    },
  /** mapPartitionsWithIndex: fns[0] of (index, records) */
  withPartitionIndex:
    ({ fns: [fn], partition }) =>
    (records: Records) =>
      fn!(partition, records),
  /** [the operation and its line] */
  zip: ({ args: [label] }) =>
    function* zip(left: Records, right: Records) {
      for (;;) {
        const a = left.next()
        const b = right.next()
        if (a.done && b.done) return
        if (a.done || b.done) {
          throw new TsparkError('TSPARK_ARGUMENT', `${String(label)}: can only zip RDDs with the same number of elements in each partition`, {
            hint: 'join them by zipWithIndex instead',
          })
        }
        yield [a.value, b.value]
      }
    },
  countRecords: () => (records: Records) => {
    let count = 0
    for (const _ of records) count++
    return count
  },
  /** keys for range bounds: [sample size, seed], fns[0] an optional key function; gives [records seen, sample] */
  sampleKeys:
    ({ args: [size, seed], fns: [keyFn], partition }) =>
    (records: Records) => {
      const random = seededRandom(seed as number, partition)
      const sample: unknown[] = []
      let seen = 0
      for (const pair of records) {
        const record = (pair as unknown[])[0]
        const at = seen++
        if (at < (size as number)) sample.push(keyFn ? keyFn(record) : record)
        else {
          const slot = Math.floor(random() * seen)
          if (slot < (size as number)) sample[slot] = keyFn ? keyFn(record) : record
        }
      }
      for (const key of sample) checkKey(key)
      return [seen, sample]
    },
}

/** The index of the first bound that is not below the key. */
function upperPart(bounds: readonly unknown[], key: unknown): number {
  let low = 0
  let high = bounds.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareKeys(key, bounds[middle]) > 0) low = middle + 1
    else high = middle
  }
  return low
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeof value === 'object' && value !== null ? 'an object' : String(value)
}
