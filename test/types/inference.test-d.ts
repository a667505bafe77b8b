import { describe, expectTypeOf, test } from 'vitest'
import {
  BarrierTaskContext,
  type BarrierTaskInfo,
  type Broadcast,
  defineJob,
  ExecutorResourceRequests,
  type JobContext,
  type LongAccumulator,
  type PartialResult,
  type RDD,
  type ResourceProfile,
  ResourceProfileBuilder,
  type SparkContext,
  TaskResourceRequests,
} from '../../src/index.js'

declare const sc: SparkContext
declare const words: RDD<string>
declare const ages: RDD<[string, number]>
declare const towns: RDD<readonly [string, { town: string }]>

describe('map', () => {
  test('to an array literal gives pairs with their methods', () => {
    const pairs = words.map((word) => [word, 1])
    expectTypeOf(pairs).toEqualTypeOf<RDD<[string, number]>>()
    expectTypeOf(pairs.reduceByKey((a, b) => a + b)).toEqualTypeOf<RDD<[string, number]>>()
  })

  test('to a tuple as const gives pairs whose literals count as their type', () => {
    expectTypeOf(words.map((word) => [word, 1] as const).reduceByKey((a, b) => a + b)).toEqualTypeOf<RDD<[string, number]>>()
    expectTypeOf(words.map((word) => [word, true] as const).foldByKey(false, (a, b) => a && b)).toEqualTypeOf<RDD<[string, boolean]>>()
  })

  test('to records in a tuple as const lets them be combined', () => {
    const counted = words.map((word) => [word, { count: 1, length: word.length }] as const)
    counted.reduceByKey((a, b) => ({ count: a.count + b.count, length: a.length + b.length }))
  })

  test('to anything else keeps its type', () => {
    expectTypeOf(words.map((word) => word.length)).toEqualTypeOf<RDD<number>>()
    expectTypeOf(words.map((word) => ({ word }))).toEqualTypeOf<RDD<{ word: string }>>()
    expectTypeOf(words.flatMap((word) => word.split(' '))).toEqualTypeOf<RDD<string>>()
  })

  test('to what no executor can hold is refused', () => {
    // @ts-expect-error an RDD cannot be a record
    words.map(() => words)
    // @ts-expect-error the context cannot be a record
    words.map(() => sc)
    // @ts-expect-error a function cannot be a record
    words.map((word) => () => word)
  })
})

describe('methods for some records only', () => {
  test('numbers have sums, strings do not', () => {
    expectTypeOf(words.map((word) => word.length).sum()).toEqualTypeOf<Promise<number>>()
    // @ts-expect-error strings have no sum
    words.sum()
  })

  test('pairs have keys, strings do not', () => {
    expectTypeOf(ages.keys()).toEqualTypeOf<RDD<string>>()
    expectTypeOf(ages.values()).toEqualTypeOf<RDD<number>>()
    // @ts-expect-error strings are no pairs
    words.reduceByKey((a: string, b: string) => a + b)
  })

  test('filter narrows by a type predicate', () => {
    const some = sc.parallelize<string | undefined>(['a', undefined])
    expectTypeOf(some.filter((value): value is string => value !== undefined)).toEqualTypeOf<RDD<string>>()
  })
})

describe('joins', () => {
  test('have undefined where a side may be missing', () => {
    expectTypeOf(ages.join(towns)).toEqualTypeOf<RDD<[string, [number, { town: string }]]>>()
    expectTypeOf(ages.leftOuterJoin(towns)).toEqualTypeOf<RDD<[string, [number, { town: string } | undefined]]>>()
    expectTypeOf(ages.rightOuterJoin(towns)).toEqualTypeOf<RDD<[string, [number | undefined, { town: string }]]>>()
    expectTypeOf(ages.fullOuterJoin(towns)).toEqualTypeOf<RDD<[string, [number | undefined, { town: string } | undefined]]>>()
  })

  test('of keys that can never be equal are refused', () => {
    const byNumber = sc.parallelize<[number, string]>([[1, 'a']])
    // @ts-expect-error keys of different kinds
    ages.join(byNumber)
  })

  test('groups are iterables', () => {
    expectTypeOf(ages.groupByKey()).toEqualTypeOf<RDD<[string, Iterable<number>]>>()
    expectTypeOf(ages.cogroup(towns)).toEqualTypeOf<RDD<[string, [Iterable<number>, Iterable<{ town: string }>]]>>()
  })
})

describe('combining', () => {
  test('by key gives the type of the accumulator', () => {
    const averages = ages.combineByKey(
      (age) => ({ sum: age, count: 1 }),
      (acc, age) => ({ sum: acc.sum + age, count: acc.count + 1 }),
      (a, b) => ({ sum: a.sum + b.sum, count: a.count + b.count }),
    )
    expectTypeOf(averages).toEqualTypeOf<RDD<[string, { sum: number; count: number }]>>()
    expectTypeOf(
      ages.aggregateByKey(
        new Set<number>(),
        (set, age) => set.add(age),
        (a, b) => new Set([...a, ...b]),
      ),
    ).toEqualTypeOf<RDD<[string, Set<number>]>>()
  })

  test('of all records gives promises', () => {
    expectTypeOf(
      words.aggregate(
        0,
        (sum, word) => sum + word.length,
        (a, b) => a + b,
      ),
    ).toEqualTypeOf<Promise<number>>()
    expectTypeOf(words.collect()).toEqualTypeOf<Promise<string[]>>()
    expectTypeOf(ages.collectAsMap()).toEqualTypeOf<Promise<Map<string, number>>>()
    expectTypeOf(words.countByValue()).toEqualTypeOf<Promise<Map<string, number>>>()
    expectTypeOf(words.take(3)).toEqualTypeOf<Promise<string[]>>()
  })
})

describe('a barrier stage', () => {
  test('takes functions that wait, and types what they can wait for', () => {
    expectTypeOf(words.barrier().mapPartitions(async (records) => [...records].map((word) => word.length))).toEqualTypeOf<RDD<number>>()
    expectTypeOf(
      words.barrier().mapPartitions(async function* (records) {
        await BarrierTaskContext.get().barrier()
        yield* records
      }),
    ).toEqualTypeOf<RDD<string>>()
    expectTypeOf(words.barrier().mapPartitionsWithIndex(async (index, records) => [[index, [...records].length] as [number, number]])).toEqualTypeOf<
      RDD<[number, number]>
    >()
    expectTypeOf<BarrierTaskContext['allGather']>().toEqualTypeOf<(message: string) => Promise<string[]>>()
    expectTypeOf<BarrierTaskContext['getTaskInfos']>().returns.toEqualTypeOf<BarrierTaskInfo[]>()
  })
})

describe('introspection', () => {
  test('tells kinds of dependencies apart', () => {
    const [dependency] = ages.dependencies
    if (dependency?.kind === 'shuffle') expectTypeOf(dependency.shuffleId).toEqualTypeOf<number>()
    if (dependency?.kind === 'narrow') expectTypeOf(dependency.getParents(0)).toEqualTypeOf<number[]>()
    expectTypeOf(words.partitions[0]!.index).toEqualTypeOf<number>()
  })

  test('samples of pairs are pairs', () => {
    expectTypeOf(ages.sampleByKeyExact(false, { ada: 0.5 })).toEqualTypeOf<RDD<[string, number]>>()
    expectTypeOf(
      words.zipPartitions(
        ages,
        async function* (mine) {
          yield* mine
        },
        true,
      ),
    ).toEqualTypeOf<RDD<string>>()
    expectTypeOf(sc.listArchives()).toEqualTypeOf<string[]>()
    expectTypeOf(sc.uiWebUrl).toEqualTypeOf<string | undefined>()
    const profile = new ResourceProfileBuilder().require(new TaskResourceRequests().cpus(2)).require(new ExecutorResourceRequests().cores(4)).build()
    expectTypeOf(profile).toEqualTypeOf<ResourceProfile>()
    expectTypeOf(words.withResources(profile)).toEqualTypeOf<RDD<string>>()
    expectTypeOf(words.getResourceProfile()).toEqualTypeOf<ResourceProfile | undefined>()
    expectTypeOf(words.pipe('cat', {}, { printRDDElement: (word, print) => print(word.trim()) })).toEqualTypeOf<RDD<string>>()
  })
})

describe('the context', () => {
  test('types what it makes', () => {
    expectTypeOf(sc.parallelize([1, 2])).toEqualTypeOf<RDD<number>>()
    expectTypeOf(sc.parallelize(new Set(['a']))).toEqualTypeOf<RDD<string>>()
    expectTypeOf(sc.range(3)).toEqualTypeOf<RDD<number>>()
    expectTypeOf(sc.textFile('a')).toEqualTypeOf<RDD<string>>()
    expectTypeOf(sc.wholeTextFiles('a')).toEqualTypeOf<RDD<[string, string]>>()
    expectTypeOf(sc.broadcast(new Map([['a', 1]]))).toEqualTypeOf<Broadcast<Map<string, number>>>()
    expectTypeOf(sc.longAccumulator()).toEqualTypeOf<LongAccumulator>()
  })

  test('types what it runs by partition', () => {
    expectTypeOf(sc.runJob(words, (records) => [...records].length)).toEqualTypeOf<Promise<number[]>>()
    expectTypeOf(
      sc.submitJob(
        words,
        (records) => [...records].length,
        [0],
        (_, length) => length.toFixed(),
      ),
    ).toEqualTypeOf<Promise<undefined>>()
    expectTypeOf(
      sc.submitJob(
        words,
        () => 1,
        undefined,
        () => {},
        () => 'done',
      ),
    ).toEqualTypeOf<Promise<string>>()
    const count = { merge(_: number, _n: number) {}, currentResult: () => 'some' }
    expectTypeOf(sc.runApproximateJob(words, () => 1, count, 100)).toEqualTypeOf<Promise<PartialResult<string>>>()
  })

  test('reaches main typed, destructured or not', () => {
    defineJob(async ({ sc: own, args, signal }) => {
      expectTypeOf(own).toEqualTypeOf<SparkContext>()
      expectTypeOf(args).toEqualTypeOf<readonly string[]>()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
    })
    defineJob((context) => {
      expectTypeOf(context).toEqualTypeOf<JobContext>()
    })
  })

  test('zips, pairs and indexes', () => {
    expectTypeOf(words.zip(words.map((word) => word.length))).toEqualTypeOf<RDD<[string, number]>>()
    expectTypeOf(words.zipWithIndex()).toEqualTypeOf<RDD<[string, number]>>()
    expectTypeOf(words.keyBy((word) => word.length)).toEqualTypeOf<RDD<[number, string]>>()
    expectTypeOf(words.groupBy((word) => word.length)).toEqualTypeOf<RDD<[number, Iterable<string>]>>()
    expectTypeOf(words.cartesian(words.map((word) => word.length))).toEqualTypeOf<RDD<[string, number]>>()
  })
})
