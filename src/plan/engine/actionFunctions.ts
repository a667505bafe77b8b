import { TsparkError } from '../../events/tsparkError.js'
import { asPair } from '../asPair.js'
import type { EngineMaker } from '../engineFunctions.js'
import { KeyMap } from '../keyMap.js'
import { sameKey } from '../sameKey.js'
import { HyperLogLog } from './hyperLogLog.js'
import { StatCounter } from './statCounter.js'

type Records = IterableIterator<unknown>

/** What actions compute of a partition before the driver merges the parts. */
export const actionFunctions: Readonly<Record<string, EngineMaker>> = {
  /** reduceByKeyLocally: fns[0] merges; gives [key, value] pairs */
  reduceLocally:
    ({ fns: [merge] }) =>
    (records: Records) => {
      const map = new KeyMap<unknown>()
      for (const record of records) {
        const [key, value] = asPair(record)
        const before = map.get(key)
        map.set(key, before === undefined && !map.has(key) ? value : merge!(before, value))
      }
      return [...map.entries()]
    },
  /** lookup: [encoded key]; gives the values of the pairs that have it */
  valuesOf:
    ({ args: [encoded], environment }) =>
    (records: Records) => {
      const wanted = environment.decodeValue(encoded as Uint8Array)
      const values: unknown[] = []
      for (const record of records) {
        const [key, value] = asPair(record)
        if (sameKey(key, wanted)) values.push(value)
      }
      return values
    },
  /** stats of numbers, as the fields of a StatCounter */
  statistics: () => (records: Records) => {
    const stats = new StatCounter()
    for (const value of records) stats.merge(number(value))
    return stats.fields()
  },
  sum: () => (records: Records) => {
    let total = 0
    for (const value of records) total += number(value)
    return total
  },
  /** histogram: [edges, evenly spaced]; gives counts */
  bucketCounts:
    ({ args: [edges, even] }) =>
    (records: Records) => {
      const limits = edges as number[]
      const last = limits.length - 2
      const counts = new Array<number>(last + 1).fill(0)
      const [low, high] = [limits[0]!, limits.at(-1)!]
      const width = (high - low) / (last + 1)
      for (const value of records as IterableIterator<number>) {
        if (!(value >= low && value <= high)) continue
        let at = even ? Math.min(last, Math.floor((value - low) / width)) : bucketOf(limits, value)
        // rounding of the width may be one bucket off
        while (at < last && value >= limits[at + 1]!) at++
        while (at > 0 && value < limits[at]!) at--
        counts[at]!++
      }
      return counts
    },
  /** countApproxDistinct: [precision]; gives registers */
  sketch:
    ({ args: [bits] }) =>
    (records: Records) => {
      const sketch = HyperLogLog.create(bits as number)
      for (const value of records) sketch.add(value)
      return sketch.registers
    },
}

function number(value: unknown): number {
  if (typeof value === 'number') return value
  throw new TsparkError(
    'TSPARK_ARGUMENT',
    `a numeric action met ${typeof value === 'string' ? `the string ${JSON.stringify(value.slice(0, 40))}` : `a record of type ${typeof value}`}`,
    {
      hint: 'map the records to numbers first: map(Number)',
    },
  )
}

function bucketOf(edges: readonly number[], value: number): number {
  let low = 0
  let high = edges.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (value >= edges[middle]!) low = middle
    else high = middle - 1
  }
  return low
}
