import type { EngineMaker } from '../engineFunctions.js'
import { KeyMap } from '../keyMap.js'
import type { ExactShare } from './exactShares.js'
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
  /** flatMap of pairs: [encoded shares of each partition, with replacement, seed]; takes exactly what the shares say */
  exactByKey: ({ args: [shares, withReplacement, seed], partition, environment }) => {
    const random = seededRandom(seed as number, partition)
    const mine = (shares as Uint8Array[])[partition]
    const byKey = new KeyMap<() => number>()
    for (const [key, seen, wanted] of mine ? (environment.decodeValue(mine) as ExactShare[]) : []) {
      byKey.set(key, withReplacement ? drawnTimes(seen, wanted, random) : drawnOnce(seen, wanted, random))
    }
    return (pair: [unknown, unknown]) => {
      const times = byKey.get(pair[0])?.() ?? 0
      return times === 0 ? [] : times === 1 ? [pair] : new Array<unknown>(times).fill(pair)
    }
  },
}

/** Selection sampling: of `seen` records that come by, exactly `wanted` are taken (Knuth's algorithm S). */
function drawnOnce(seen: number, wanted: number, random: () => number): () => number {
  let left = seen
  let open = wanted
  return () => {
    const taken = random() * left-- < open
    if (taken) open--
    return taken ? 1 : 0
  }
}

/** `wanted` draws with replacement among `seen` records, by their places. */
function drawnTimes(seen: number, wanted: number, random: () => number): () => number {
  const times = new Map<number, number>()
  for (let draw = 0; draw < wanted; draw++) {
    const place = Math.floor(random() * seen)
    times.set(place, (times.get(place) ?? 0) + 1)
  }
  let place = 0
  return () => times.get(place++) ?? 0
}

function fractionMap(fractions: Fractions): KeyMap<number> {
  const map = new KeyMap<number>()
  for (const [key, fraction] of fractions) map.set(key, fraction)
  return map
}
