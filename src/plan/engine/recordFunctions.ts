import { asPair } from '../asPair.js'
import { compareKeys } from '../compareKeys.js'
import type { EngineMaker } from '../engineFunctions.js'
import { keyOrder } from '../keyOrder.js'
import { same } from '../same.js'
import type { Group } from '../taskHost.js'
import { seededRandom } from './random.js'

type Pair = [unknown, unknown]
type Groups = [unknown, unknown[][]]

/** Functions over single records. */
export const recordFunctions: Readonly<Record<string, EngineMaker>> = {
  identity: () => same,
  withNull: () => (record: unknown) => [record, null],
  withOne: () => (record: unknown) => [record, 1],
  keyOne: () => (pair: unknown) => [asPair(pair)[0], 1],
  first: () => (pair: Pair) => pair[0],
  second: () => (pair: Pair) => pair[1],
  constant:
    ({ args: [value] }) =>
    () =>
      value,
  /** zipWithUniqueId: [partitions] */
  withUniqueId: ({ args: [partitions], partition }) => {
    let id = partition - (partitions as number)
    return (record: unknown) => {
      id += partitions as number
      return [record, id]
    }
  },
  /** repartition: [partitions]; keys that deal the records out one by one, from a place that differs by partition */
  dealt: ({ args: [partitions], partition }) => {
    const count = partitions as number
    let at = Math.floor(seededRandom(partition, 7)() * count)
    return (record: unknown) => {
      at = at + 1 >= count ? 0 : at + 1
      return [at, record]
    }
  },
  /** filterByRange: [low, high] as encoded keys */
  inRange: ({ args: [low, high], environment }) => {
    const lowest = environment.decodeValue(low as Uint8Array)
    const highest = environment.decodeValue(high as Uint8Array)
    return (pair: Pair) => compareKeys(pair[0], lowest) >= 0 && compareKeys(pair[0], highest) <= 0
  },
  /** groupByKey: the values of a group of one input */
  onlySide: () => (sides: Group[]) => sides[0],
  /** subtractByKey: values whose key the other side lacks */
  onlyLeft: () => (sides: Group[]) => (sides[1]!.length === 0 ? sides[0]! : []),
  inBoth: () => (group: Groups) => group[1].every((side) => side.length > 0),
  /** sortBy and sortByKey: compares keys; top and takeOrdered: compares records. [ascending], fns[0] an optional key function */
  inOrder: ({ args: [ascending], fns: [keyFn] }) => keyOrder(keyFn, ascending === true),
}
