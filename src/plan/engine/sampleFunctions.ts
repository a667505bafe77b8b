import type { EngineMaker } from '../engineFunctions.js'
import { KeyMap } from '../keyMap.js'
import { poisson, seededRandom } from './random.js'

type Fractions = [key: unknown, fraction: number][]

/** Functions that sample; every partition has a stream of its own, so a task that runs again takes the same records. */
export const sampleFunctions: Readonly<Record<string, EngineMaker>> = {
  /** filter: [low, high, seed] keeps what falls between (sample without replacement, randomSplit) */
  between: ({ args: [low, high, seed], partition }) => {
    const random = seededRandom(seed as number, partition)
    return () => {
      const x = random()
      return x >= (low as number) && x < (high as number)
    }
  },
  /** flatMap: [fraction, seed] gives each record as often as chance wants */
  repeated: ({ args: [fraction, seed], partition }) => {
    const random = seededRandom(seed as number, partition)
    return (record: unknown) => new Array<unknown>(poisson(fraction as number, random)).fill(record)
  },
  /** filter of pairs: [encoded fractions by key, seed] */
  betweenByKey: ({ args: [fractions, seed], partition, environment }) => {
    const random = seededRandom(seed as number, partition)
    const byKey = fractionMap(environment.decodeValue(fractions as Uint8Array) as Fractions)
    return (pair: [unknown, unknown]) => random() < (byKey.get(pair[0]) ?? 0)
  },
  repeatedByKey: ({ args: [fractions, seed], partition, environment }) => {
    const random = seededRandom(seed as number, partition)
    const byKey = fractionMap(environment.decodeValue(fractions as Uint8Array) as Fractions)
    return (pair: [unknown, unknown]) => new Array<unknown>(poisson(byKey.get(pair[0]) ?? 0, random)).fill(pair)
  },
}

function fractionMap(fractions: Fractions): KeyMap<number> {
  const map = new KeyMap<number>()
  for (const [key, fraction] of fractions) map.set(key, fraction)
  return map
}
